package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.ProcessUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process in a container: what it runs, as whom, and what it may do. A container's first process
 * and those that are executed in it later are described alike.
 *
 * @param args the program, looked up on the environment's PATH inside the container, and its
 *     arguments
 * @param environment entries as {@code NAME=value}
 * @param workingDirectory absolute; made where it is missing; empty for {@code /}
 * @param appArmorProfile empty for none
 * @param oomScoreAdj empty to keep the daemon's
 */
public record ProcessLaunch(
    List<String> args,
    List<String> environment,
    String workingDirectory,
    ProcessUser user,
    CapabilitySets capabilities,
    boolean noNewPrivileges,
    Optional<Seccomp> seccomp,
    Optional<String> appArmorProfile,
    List<ResourceLimit> limits,
    OptionalInt oomScoreAdj,
    int umask) {

  public static final int USUAL_UMASK = 0022;

  public ProcessLaunch {
    args = List.copyOf(args);
    environment = List.copyOf(environment);
    limits = List.copyOf(limits);
    if (args.isEmpty() || args.get(0).isEmpty()) {
      throw new IllegalArgumentException("no command: neither the image nor the container has one");
    }
    workingDirectory = workingDirectory.isEmpty() ? "/" : workingDirectory;
    if (!workingDirectory.startsWith("/")) {
      throw new IllegalArgumentException(
          "the working directory \"" + workingDirectory + "\" is not absolute");
    }
  }

  /** The program, as it is looked up. */
  String command() {
    return args.get(0);
  }

  /** The same with one more variable, unless it has that already. */
  public ProcessLaunch withDefault(String name, String value) {
    if (environment.stream().anyMatch(entry -> entry.startsWith(name + '='))) {
      return this;
    }
    List<String> more = new ArrayList<>(environment);
    more.add(name + '=' + value);
    return new ProcessLaunch(
        args,
        more,
        workingDirectory,
        user,
        capabilities,
        noNewPrivileges,
        seccomp,
        appArmorProfile,
        limits,
        oomScoreAdj,
        umask);
  }

  /** The value of PATH, as the program is looked up: the kernel's and shells' default without. */
  String path() {
    String path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (String entry : environment) {
      // The last one counts.
      if (entry.startsWith("PATH=")) {
        path = entry.substring("PATH=".length());
      }
    }
    return path;
  }
}

package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A stock kubectl, run with fixed options and without its user's configuration. */
public final class Kubectl {
  private final Path binary;
  private final Path home;
  private final List<String> options;

  public Kubectl(Path binary, Path home, String... options) {
    this.binary = binary;
    this.home = home;
    this.options = List.of(options);
  }

  /** Debian's as scripts/test unpacks it, and the one on the PATH if there is one. */
  public static List<Path> all() {
    var all = new ArrayList<Path>();
    Path checkout = Path.of("").toAbsolutePath();
    Stream.of(checkout, checkout.getParent())
        .map(root -> root.resolve("target/debian/kubernetes-client/usr/bin/kubectl"))
        .filter(Files::isExecutable)
        .forEach(all::add);
    Arrays.stream(System.getenv("PATH").split(":"))
        .map(path -> Path.of(path, "kubectl"))
        .filter(Files::isExecutable)
        .findFirst()
        .ifPresent(all::add);
    if (all.isEmpty()) {
      throw new IllegalStateException("no kubectl on this machine: scripts/test brings Debian's");
    }
    return all;
  }

  public Process start(String... args) throws IOException {
    return start(Map.of(), args);
  }

  /** With more variables in its environment. */
  public Process start(Map<String, String> environment, String... args) throws IOException {
    var command = new ArrayList<String>(List.of(binary.toString()));
    command.addAll(options);
    command.addAll(Arrays.asList(args));
    var builder = new ProcessBuilder(command);
    builder.environment().put("HOME", home.toString());
    builder.environment().remove("KUBECONFIG");
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).start();
  }

  /** What it prints when it succeeds. */
  public String run(String... args) throws IOException, InterruptedException {
    return run(0, args);
  }

  /** What it prints when it fails. */
  public String refused(String... args) throws IOException, InterruptedException {
    return run(1, args);
  }

  /** What it prints when it exits with that status. */
  public String run(int status, String... args) throws IOException, InterruptedException {
    Process process = start(args);
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(status, process.waitFor(), () -> String.join(" ", args) + ": " + output);
    return output;
  }
}

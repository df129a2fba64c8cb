package io.sandjar.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A lab of its own name, in which commands run as a learner types them, from the checkout. */
final class Lab implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 120;

  private final String name =
      "test" + Long.toString(ThreadLocalRandom.current().nextInt(1 << 20), 36);

  /** The checkout, which Maven runs the tests of a module beneath. */
  static Path checkout() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("scripts")) ? here : here.getParent();
  }

  String name() {
    return name;
  }

  /** Runs a shell script and answers all that it printed; a failure is an exception. */
  String run(String script) throws IOException, InterruptedException {
    Process process = start(script);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(script + "does not end; so far it said: " + said);
    }
    if (process.exitValue() != 0) {
      throw new IOException(script + "failed: " + said);
    }
    return said;
  }

  /** Starts a shell script, with its errors among its output. */
  Process start(String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-euc", script);
    builder.directory(checkout().toFile()).redirectErrorStream(true);
    builder.environment().put("SANDJAR_LAB_NET", name);
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** What of the lab is on the machine: namespaces, files, mounts, cgroups and processes. */
  String remains() throws IOException, InterruptedException {
    String found =
        run(
            """
            ip netns list 2> /dev/null | grep '^NAME-' || true
            ls -d /run/sandjar-lab/NAME 2> /dev/null || true
            grep -o '/run/sandjar-lab/NAME/[^ ]*' /proc/self/mountinfo || true
            find /sys/fs/cgroup -path '*/sandjar-lab/NAME-*' 2> /dev/null || true
            """
                .replace("NAME", name));
    String processes =
        ProcessHandle.allProcesses()
            .map(process -> process.info().commandLine().orElse(""))
            .filter(line -> line.contains("/run/sandjar-lab/" + name + "/"))
            .collect(Collectors.joining("\n"));
    return found + processes;
  }

  @Override
  public void close() throws IOException {
    try {
      run("scripts/lab netns down");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.mount.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container from its start to its end, and what its launch costs the host: nothing. */
@Tag("machine")
class ContainerIT extends BusyboxTest {
  @Test
  void aContainerRunsItsCommandAndReportsItsExitCode() throws Exception {
    Busybox.Outcome outcome = busybox.run(new Options().script("echo hello; exit 7"));
    assertEquals("hello\n", outcome.output());
    assertEquals(7, outcome.exit().code());
    assertEquals(0, outcome.exit().signal());
  }

  @Test
  void aSignalIsReportedAsShellsDo() throws Exception {
    Options options =
        new Options().script("sleep 100 & kill -9 $!; wait $!; echo $?; exec sleep 100");
    options.stdio = Stdio.Files.none();
    Monitor monitor = busybox.launcher.create(busybox.launch(options));
    try {
      monitor.start();
      monitor.signal(9);
      ExitStatus exit = monitor.exit().join();
      assertEquals(137, exit.code());
      assertEquals(9, exit.signal());
    } finally {
      monitor.end();
    }
  }

  @Test
  void nothingIsStartedBeforeTheGateOpens() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Options options = new Options().script("touch /vol/started");
    options.volumes = List.of(Mount.Bind.of(volume, "/vol"));
    options.stdio = Stdio.Files.none();
    Monitor monitor = busybox.launcher.create(busybox.launch(options));
    try {
      Thread.sleep(100);
      assertFalse(Files.exists(volume.resolve("started")));
      monitor.start();
      assertEquals(0, monitor.exit().join().code());
      assertTrue(Files.exists(volume.resolve("started")));
    } finally {
      monitor.end();
    }
  }

  @Test
  void aCommandThatCannotBeRunIsAnErrorOfTheStart() throws Exception {
    LaunchException missing =
        assertThrows(LaunchException.class, () -> busybox.run(new Options().args("foo", "bar")));
    assertEquals("exec: \"foo\": executable file not found in $PATH", missing.getMessage());
    assertEquals(127, missing.exitCode());
    assertTrue(missing.isOfCommand());
    Files.writeString(busybox.image.resolve("bin/plain"), "");
    LaunchException denied =
        assertThrows(LaunchException.class, () -> busybox.run(new Options().args("plain")));
    assertEquals("exec: \"plain\": permission denied", denied.getMessage());
    assertEquals(126, denied.exitCode());
    Files.writeString(busybox.image.resolve("bin/broken"), "#!/no/such/shell\n");
    busybox.image.resolve("bin/broken").toFile().setExecutable(true);
    LaunchException broken =
        assertThrows(LaunchException.class, () -> busybox.run(new Options().args("/bin/broken")));
    assertEquals(127, broken.exitCode());
    assertTrue(broken.getMessage().contains("interpreter"), broken.getMessage());
  }

  @Test
  void theCommandIsLookedUpOnThePathInsideTheContainer() throws Exception {
    Files.writeString(busybox.image.resolve("bin/script"), "#!/bin/sh\necho script $1\n");
    busybox.image.resolve("bin/script").toFile().setExecutable(true);
    Files.createDirectories(busybox.image.resolve("first/script"));
    Files.writeString(
        Files.createDirectories(busybox.image.resolve("second")).resolve("script"), "");
    Options options = new Options().args("script", "ran");
    options.environment = List.of("PATH=/nowhere:/first:/second:/bin");
    assertEquals("script ran", busybox.run(options).line());
  }

  @Test
  void nothingOfTheDaemonReachesAContainer() throws Exception {
    String script =
        "for f in /proc/self/fd/*; do readlink $f; done;"
            + "echo umask $(umask); grep -E 'SigBlk|SigIgn|NSsid' /proc/self/status;"
            + "grep -i 'open files' /proc/self/limits; env; cat /proc/self/sessionid 2>/dev/null; pwd; ls -l /proc/1/exe";
    // A descriptor without close-on-exec, as some libraries leave them.
    String output;
    try (var leak = io.sandjar.runtime.linux.OpenFiles.open(Path.of("/etc/hostname"), 0)) {
      int plain = 0;
      io.sandjar.runtime.linux.LaunchCalls.get().fcntl(leak.number(), 2 /* F_SETFD */, plain);
      output = busybox.run(new Options().script(script)).line();
    }
    List<String> files =
        output
            .lines()
            .filter(
                line ->
                    line.startsWith("/") && line.contains("/fd")
                        || line.startsWith("pipe:")
                        || line.startsWith("/etc"))
            .toList();
    assertFalse(output.contains("/etc/hostname"), output);
    assertFalse(output.contains("anon_inode"), output);
    assertFalse(output.contains("memfd"), output);
    assertTrue(output.contains("/dev/null\npipe:"), output);
    assertTrue(output.contains("umask 0022"), output);
    assertTrue(output.contains("SigBlk:\t0000000000000000"), output);
    assertTrue(output.contains("SigIgn:\t0000000000000000"), output);
    assertTrue(output.contains("/bin/busybox"), output);
    // Leads a session, and is known by one number in its own pid namespace.
    assertTrue(Pattern.compile("NSsid:\\s+([0-9]+\\s+)*1\n").matcher(output).find(), output);
    // HotSpot has raised its own soft limit to the hard one.
    String openFiles = output.replaceAll("(?s).*Max open files +([0-9]+) .*", "$1");
    assertTrue(Integer.parseInt(openFiles) <= 1024, output);
    assertEquals(
        "HOME=/,PATH=/usr/bin:/bin,PWD=/,SHLVL=1",
        output
            .lines()
            .filter(line -> line.matches("[A-Z]+=.*"))
            .sorted()
            .collect(Collectors.joining(",")));
  }

  @Test
  void aDaemonThatMayNotBeDumpedStartsContainers() throws Exception {
    CoreDumps.forbid();
    assertFalse(CoreDumps.areAllowed());
    assertEquals("done", busybox.say("echo done"));
  }

  @Test
  void noLaunchLeavesAProcessOrADescriptorBehind() throws Exception {
    Set<Long> childrenBefore = children();
    launchWellAndBadly();
    long before = descriptors();
    for (int i = 0; i < 5; i++) {
      launchWellAndBadly();
    }
    // What other tests left to the collector may be closed meanwhile, so there can be fewer.
    long after = descriptors();
    assertTrue(after <= before, () -> before + " descriptors have become " + after);
    // A process that has ended is reaped by another thread, a moment later.
    Instant end = Instant.now().plusSeconds(60);
    while (!children().equals(childrenBefore) && Instant.now().isBefore(end)) {
      Thread.sleep(20);
    }
    assertEquals(childrenBefore, children());
  }

  private void launchWellAndBadly() throws Exception {
    busybox.say("true");
    assertThrows(LaunchException.class, () -> busybox.run(new Options().args("foo")));
    Options broken = new Options();
    broken.volumes = List.of(Mount.Bind.of(folder.resolve("none"), "/none"));
    assertThrows(LaunchException.class, () -> busybox.run(broken));
  }

  private static Set<Long> children() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static long descriptors() throws IOException {
    try (var fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.count();
    }
  }

  @Test
  void thePlanShowsEverySyscallThatStartsAContainer() throws Exception {
    Options options = new Options();
    options.stdio = Stdio.Files.none();
    String plan = String.join("\n", busybox.launcher.plan(busybox.launch(options)));
    assertTrue(plan.contains("fsopen(\"proc\", 1)"), plan);
    assertTrue(plan.contains("# mount proc on /proc"), plan);
    assertTrue(plan.contains("pivot_root(\".\", \".\")"), plan);
    assertTrue(plan.indexOf("prctl(24, 0") < plan.indexOf("setresuid("), plan);
    assertTrue(plan.indexOf("setresuid(") < plan.indexOf("execve("), plan);
  }
}

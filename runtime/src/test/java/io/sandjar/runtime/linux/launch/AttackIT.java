package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Rootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Images and volumes that try to reach the host: each is refused, or gets no further than itself.
 */
@Tag("machine")
class AttackIT extends BusyboxTest {
  private Path outside;

  @BeforeEach
  void makeOutside() throws Exception {
    outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("file"), "host");
  }

  private void assertOutsideIsUntouched() throws IOException {
    try (var entries = Files.list(outside)) {
      assertEquals(List.of(outside.resolve("file")), entries.toList());
    }
    assertEquals("host", Files.readString(outside.resolve("file")));
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(outside.toString()));
  }

  /** Where links that want out can point. */
  private List<String> waysOut() {
    return List.of(outside.toString(), "../../../../../../../../../../.." + outside);
  }

  @Test
  void linksInPlaceOfMountTargetsLeadNowhereOutside() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Files.writeString(volume.resolve("v"), "");
    for (String wayOut : waysOut()) {
      for (String target : List.of("/proc", "/sys", "/dev", "/vol", "/deep")) {
        Path link = busybox.image.resolve(target.substring(1));
        Files.createSymbolicLink(link, Path.of(wayOut));
        Options options = new Options().script("echo fine; ls /vol");
        options.volumes =
            List.of(Mount.Bind.of(volume, target.equals("/deep") ? "/deep/vol" : "/vol"));
        options.masked = List.of();
        options.readOnlyPaths = List.of();
        try {
          assertTrue(busybox.run(options).output().startsWith("fine\n"));
        } catch (LaunchException refused) {
          assertFalse(refused.getMessage().isEmpty());
        }
        assertOutsideIsUntouched();
        Files.delete(link);
      }
    }
  }

  @Test
  void linksInPlaceOfMaskedPathsAndFilesLeadNowhereOutside() throws Exception {
    for (String wayOut : waysOut()) {
      Path link = busybox.image.resolve("etc/link");
      Files.createSymbolicLink(link, Path.of(wayOut + "/file"));
      Files.writeString(folder.resolve("hosts"), "hosts");
      Options options = new Options().script("cat /etc/link");
      options.volumes = List.of(Mount.Bind.of(folder.resolve("hosts"), "/etc/link"));
      options.masked = List.of("/etc/link2");
      options.readOnlyPaths = List.of("/etc/link");
      assertEquals("hosts", busybox.run(options).line());
      assertOutsideIsUntouched();
      Files.delete(link);
    }
  }

  @Test
  void aLinkThatLeadsNowhereGivesWayToTheMount() throws Exception {
    Files.createSymbolicLink(
        busybox.image.resolve("etc/resolv.conf"),
        Path.of("../run/systemd/resolve/stub-resolv.conf"));
    Files.writeString(folder.resolve("resolv.conf"), "nameserver 10.0.0.10\n");
    Options options = new Options().script("cat /etc/resolv.conf");
    options.volumes = List.of(Mount.Bind.of(folder.resolve("resolv.conf"), "/etc/resolv.conf"));
    assertEquals("nameserver 10.0.0.10", busybox.run(options).line());
  }

  /**
   * The kernel then cannot tell whether a link that leads upwards stays inside, and asks to try
   * again.
   */
  @Test
  void whoRenamesAllTheTimeKeepsNoContainerFromItsStart() throws Exception {
    Files.createDirectories(busybox.image.resolve("a/b/c"));
    String up = "../".repeat(3) + "a/b/c/";
    Files.createSymbolicLink(
        busybox.image.resolve("a/b/c/link"), Path.of(up.repeat(20) + "absent"));
    Options options = new Options().script("cat /a/b/c/link");
    Files.writeString(folder.resolve("content"), "content");
    options.volumes = List.of(Mount.Bind.of(folder.resolve("content"), "/a/b/c/link"));
    Path here = Files.writeString(folder.resolve("here"), "");
    Path there = folder.resolve("there");
    var renaming = new AtomicBoolean(true);
    Thread renamer =
        new Thread(
            () -> {
              while (renaming.get()) {
                here.toFile().renameTo(there.toFile());
                there.toFile().renameTo(here.toFile());
              }
            });
    renamer.start();
    try {
      for (int i = 0; i < 10; i++) {
        assertEquals("content", busybox.run(options).line());
      }
    } finally {
      renaming.set(false);
      renamer.join();
    }
  }

  @Test
  void aTargetThatIsSwappedForALinkDuringTheStartLeadsNowhereOutside() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Path target = shared.resolve("target");
    Path link = shared.resolve("link");
    Path real = shared.resolve("real");
    Files.createDirectory(real);
    Files.createSymbolicLink(link, outside);
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        new Thread(
            () -> {
              while (!stop.get()) {
                try {
                  Files.move(link, target, StandardCopyOption.ATOMIC_MOVE);
                  Files.move(target, link, StandardCopyOption.ATOMIC_MOVE);
                  Files.move(real, target, StandardCopyOption.ATOMIC_MOVE);
                  Files.move(target, real, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                  // The launch makes a folder there meanwhile: part of the race.
                  try {
                    Files.deleteIfExists(target);
                  } catch (IOException inUse) {
                    Thread.onSpinWait();
                  }
                }
              }
            });
    swapper.start();
    try {
      for (int i = 0; i < 60; i++) {
        Options options = new Options().script("touch /shared/target/escaped 2>/dev/null; true");
        options.volumes =
            List.of(Mount.Bind.of(shared, "/shared"), Mount.Bind.of(volume, "/shared/target"));
        try {
          busybox.run(options);
        } catch (LaunchException refused) {
          assertFalse(refused.getMessage().isEmpty());
        }
        assertOutsideIsUntouched();
      }
    } finally {
      stop.set(true);
      swapper.join();
    }
  }

  @Test
  void aRootWithoutProcAndDevGetsThemOrIsRefusedClearly() throws Exception {
    assertFalse(Files.exists(busybox.image.resolve("proc")));
    assertEquals("fine", busybox.say("test -e /proc/self && test -c /dev/null && echo fine"));
    Files.writeString(busybox.image.resolve("proc"), "a file");
    LaunchException refused =
        assertThrows(LaunchException.class, () -> busybox.run(new Options().script("true")));
    assertEquals("mount proc on /proc: ENOTDIR (Not a directory)", refused.getMessage());
  }

  @Test
  void theLauncherCannotBeOverwrittenFromAContainer() throws Exception {
    // CVE-2019-5736: the command is the runtime itself.
    Files.writeString(busybox.image.resolve("bin/evil"), "#!/proc/self/exe\n");
    busybox.image.resolve("bin/evil").toFile().setExecutable(true);
    for (String command : List.of("/proc/self/exe", "/bin/evil")) {
      try {
        Busybox.Outcome outcome = busybox.run(new Options().args(command));
        assertEquals(LauncherCode.NO_PROGRAM, outcome.exit().code());
      } catch (LaunchException refused) {
        assertTrue(refused.isOfCommand());
      }
    }
    try (Fd launcher = LauncherImage.create(Architecture.ofThisMachine(), folder)) {
      assertEquals(-1, Libc.get().write(launcher.number(), new byte[] {0}, 1));
    }
    assertEquals("still works", busybox.say("echo still works"));
  }

  @Test
  void theLauncherInAFileCannotBeWrittenEither() throws Exception {
    try (Fd launcher = LauncherImage.inFile(LauncherElf.of(Architecture.ofThisMachine()), folder)) {
      assertEquals(-1, Libc.get().write(launcher.number(), new byte[] {0}, 1));
    }
  }

  @Test
  void noWorkingDirectoryLeadsToTheHost() throws Exception {
    // CVE-2024-21626: a folder of the host that somebody forgot to close.
    for (int fd = 0; fd < 40; fd++) {
      for (String way :
          List.of(
              "/proc/self/fd/" + fd, "/proc/1/fd/" + fd + "/../../..", "/proc/self/cwd/../..")) {
        Options options = new Options().script("ls /; ls .; cat ./etc/shadow 2>/dev/null");
        options.workingDirectory = way;
        try {
          String seen = busybox.run(options).output();
          assertFalse(seen.contains("root:"), way);
        } catch (LaunchException | IllegalArgumentException refused) {
          assertFalse(refused.getMessage().isEmpty());
        }
      }
      if (fd == 10) {
        fd = 30;
      }
    }
    Files.createSymbolicLink(busybox.image.resolve("out"), outside);
    Options options = new Options().script("pwd; ls");
    options.workingDirectory = "/out";
    try {
      assertFalse(busybox.run(options).output().contains("file"));
    } catch (LaunchException refused) {
      assertFalse(refused.getMessage().isEmpty());
    }
    assertOutsideIsUntouched();
  }

  @Test
  void aDevThatIsALinkToTheHostsStaysInTheContainer() throws Exception {
    Options options = new Options().script("ls /");
    options.rootfs = new Rootfs.Directory(busybox.image, false);
    Files.createSymbolicLink(busybox.image.resolve("dev"), Path.of("/../../../../dev"));
    try {
      busybox.run(options);
    } catch (LaunchException refused) {
      assertTrue(refused.getMessage().contains("/dev"), refused.getMessage());
    } finally {
      Files.delete(busybox.image.resolve("dev"));
    }
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(folder.toString()));
  }

  @Test
  void nothingThatAVolumePutsIntoDevIsWhatPathsAreMaskedWith() throws Exception {
    // CVE-2025-31133: /dev/null is a link when it is bound over what is to be hidden.
    Path dev = Files.createDirectory(folder.resolve("dev"));
    Files.createSymbolicLink(dev.resolve("null"), Path.of("/proc/sys/kernel/core_pattern"));
    Options options = new Options().script("stat -c %t:%T /proc/cpuinfo");
    options.masked = List.of("/proc/cpuinfo");
    options.volumes = List.of(Mount.Bind.of(dev, "/dev"));
    assertEquals("1:3", busybox.run(options).line());
  }

  @Test
  void theConsoleIsTheTerminalWhateverAVolumePutsInItsPlace() throws Exception {
    // CVE-2025-52565: /dev/pts/0 or /dev/console is a link when the console is bound.
    Path link = Path.of("/proc/sys/kernel/core_pattern");
    for (String target : List.of("/dev", "/dev/pts")) {
      Path volume = Files.createDirectories(folder.resolve("volume" + target));
      for (String name : List.of("console", "0", "ptmx")) {
        Files.createSymbolicLink(volume.resolve(name), link);
      }
      try (Terminal terminal = Terminal.create(5)) {
        Options options = new Options().script("stat -L -c %t:%T /dev/console");
        options.volumes = List.of(Mount.Bind.of(volume, target));
        options.stdio = new Stdio.OnTerminal(terminal);
        Monitor monitor = busybox.launcher.create(busybox.launch(options));
        try {
          monitor.start();
          monitor.exit().get(60, TimeUnit.SECONDS);
          String said = PauseAndExecIT.read(terminal);
          // Over a /dev of one's own there is no console, and its link is what it was.
          assertEquals(target.equals("/dev") ? "0:0\r\n" : "88:0\r\n", said, target);
        } finally {
          monitor.end();
        }
      }
      assertTrue(Files.isSymbolicLink(volume.resolve("console")), target);
    }
  }

  @Test
  void aProcOfOnesOwnIsNotWhereTheRuntimeWrites() throws Exception {
    // CVE-2025-52881: what is meant for /proc is written wherever links of a volume lead.
    Path proc = Files.createDirectory(folder.resolve("proc"));
    Path victim = outside.resolve("file");
    for (String name :
        List.of(
            "self/oom_score_adj",
            "self/attr/exec",
            "self/attr/apparmor/exec",
            "self/setgroups",
            "thread-self/attr/exec",
            "sys/kernel/shm_rmid_forced")) {
      Files.createDirectories(proc.resolve(name).getParent());
      Files.createSymbolicLink(proc.resolve(name), victim);
    }
    Options options = new Options().args("/bin/sleep", "1000");
    options.volumes = List.of(Mount.Bind.of(proc, "/proc"), Mount.Bind.of(outside, "" + outside));
    options.sysctls = java.util.Map.of("kernel.shm_rmid_forced", "1");
    options.oomScoreAdj = java.util.OptionalInt.of(321);
    Monitor container = busybox.running(options);
    try {
      Path own = Path.of("/proc/" + container.id().pid());
      assertEquals("321", Files.readString(own.resolve("oom_score_adj")).strip());
      assertEquals("host", Files.readString(victim));
    } finally {
      container.end();
    }
    assertOutsideIsUntouched();
  }

  @Test
  void aNeighbourInASharedPidNamespaceCannotReachTheHostThroughThePauseProcess() throws Exception {
    PauseLaunch launch =
        new PauseLaunch(
            "pod",
            Namespace.OWN,
            true,
            true,
            true,
            List.of(),
            List.of(),
            java.util.Optional.empty(),
            java.util.Map.of(),
            java.util.Optional.empty(),
            java.util.OptionalInt.empty(),
            java.util.Optional.empty());
    try (Pause pause = busybox.pause(launch)) {
      Namespace join = new Namespace.Join(pause.pidfd());
      Options options =
          new Options()
              .script("ls /proc/1/root/ | wc -l; ls /proc/1/fd | wc -l; readlink /proc/1/exe");
      long ptrace = 1L << 19;
      options.capabilities = CapabilitySets.container(Busybox.DEFAULT_CAPABILITIES | ptrace, 0);
      options.namespaces =
          new Namespaces(join, join, join, join, Namespace.OWN, java.util.Optional.empty());
      String seen = busybox.run(options).output();
      assertTrue(seen.startsWith("0\n"), seen);
      pause.kill();
    }
  }
}

package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.KernelVersion;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.Rlimit;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Propagation;
import io.sandjar.runtime.linux.mount.Rootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerIT {
  @TempDir Path folder;
  private Busybox busybox;

  @BeforeEach
  void start() throws Exception {
    busybox = new Busybox(folder);
  }

  @AfterEach
  void stop() {
    busybox.close();
  }

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
  void theRootIsTheImageWithAWritableLayerThatTheHostDoesNotSee() throws Exception {
    assertEquals("ok", busybox.say("echo ok > /new; cat /new"));
    assertTrue(Files.exists(folder.resolve("container0/upper/new")));
    assertFalse(Files.exists(busybox.image.resolve("new")));
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(folder.toString()));
    assertEquals("1", busybox.say("grep -c ' / / ' /proc/self/mountinfo"));
  }

  @Test
  void aReadOnlyRootCannotBeWrittenButVolumesCan() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Options options = new Options().script("touch /x 2>/dev/null || touch /vol/y && ls /vol");
    options.readOnly = true;
    options.volumes = List.of(Mount.Bind.of(volume, "/vol"));
    assertEquals("y", busybox.run(options).line());
  }

  @Test
  void aPlainFolderCanBeTheRoot() throws Exception {
    Options options = new Options().script("ls /bin/busybox; touch /x && echo written");
    options.rootfs = new Rootfs.Directory(busybox.image, true);
    // A read-only root still gets its mountpoints made, as long as they can be.
    Busybox.Outcome outcome = busybox.run(options);
    assertTrue(outcome.output().startsWith("/bin/busybox\n"), outcome.output());
    assertFalse(outcome.output().contains("written"), outcome.output());
  }

  @Test
  void anImageOfManyLayersHasAllOfThem() throws Exception {
    List<Path> lower = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Path layer =
          Files.createDirectories(folder.resolve("layers/with-a-rather-long-name-" + i + "/fs"));
      Files.writeString(layer.resolve("layer" + i), "");
      lower.add(layer);
    }
    lower.add(busybox.image);
    Rootfs.Overlay usual = busybox.overlay(false);
    Options options = new Options().script("ls / | grep -c layer");
    options.rootfs = new Rootfs.Overlay(lower, usual.upper(), usual.work(), false);
    assertEquals("40", busybox.run(options).line());
  }

  @Test
  void olderKernelsMountManyLayersByShortPaths() throws Exception {
    List<Path> lower = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      lower.add(Path.of("/data/layers/with-a-rather-long-name-" + i + "/fs"));
    }
    var builder = new ProgramBuilder();
    new OverlaySteps(builder, new KernelVersion(6, 1))
        .create(
            "overlay",
            lower,
            Optional.of(new OverlaySteps.Writable(Path.of("/data/upper"), Path.of("/data/work"))),
            Optional.empty(),
            Data.slot("root"));
    builder.place(builder.failure());
    builder.call("exit", Syscall.EXIT_GROUP, Arg.num(1));
    String listing = String.join("\n", builder.build().listing());
    assertTrue(listing.contains("chdir(\"/data/layers\")"), listing);
    assertTrue(listing.contains("\"lowerdir=with-a-rather-long-name-0/fs:"), listing);
  }

  @Test
  void namespacesAreOwnAndTheHostsAreNotSeen() throws Exception {
    String own =
        busybox.say("for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done");
    for (String namespace : own.split("\n")) {
      String kind = namespace.substring(0, namespace.indexOf(':'));
      assertNotEquals(
          Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString(), namespace);
    }
    assertEquals("1", busybox.say("echo $$"));
    assertEquals(
        "1: lo: <LOOPBACK> mtu 65536 qdisc noop qlen 1000", busybox.say("ip link | head -1"));
  }

  @Test
  void hostNamespacesAreSharedWhenAskedFor() throws Exception {
    Options options =
        new Options().script("for n in ipc net pid uts; do readlink /proc/self/ns/$n; done");
    options.namespaces =
        new Namespaces(
            Namespace.HOST,
            Namespace.HOST,
            Namespace.HOST,
            Namespace.HOST,
            Namespace.OWN,
            Optional.empty());
    for (String namespace : busybox.run(options).line().split("\n")) {
      String kind = namespace.substring(0, namespace.indexOf(':'));
      assertEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString(), namespace);
    }
  }

  @Test
  void devHasTheStandardNodesAndLinksAndAPrivateDevpts() throws Exception {
    assertEquals(
        "1:3 666\n1:5 666\n1:7 666\n1:8 666\n1:9 666\n5:0 666\n/proc/self/fd\npts/ptmx\n0",
        busybox.say(
            "stat -c '%t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty;"
                + "readlink /dev/fd; readlink /dev/ptmx; ls /dev/pts | grep -vc ptmx || true"));
    assertEquals("mqueue", busybox.say("grep ' /dev/mqueue ' /proc/mounts | cut -d' ' -f3"));
  }

  @Test
  void aDeviceOfTheHostIsShownWhereItIsAskedFor() throws Exception {
    Options options = new Options().script("stat -c %t:%T /dev/net/tun /dev/my/zero /devices/null");
    options.devices =
        List.of(
            new DeviceNode("/dev/net/tun", Path.of("/dev/net/tun"), false, 10, 200, 0666, 0, 0),
            HostDevices.at(Path.of("/dev/zero"), "/dev/my/zero"),
            HostDevices.at(Path.of("/dev/null"), "/devices/null"));
    assertEquals("a:c8\n1:5\n1:3", busybox.run(options).line());
    assertTrue(HostDevices.all().stream().anyMatch(node -> node.path().equals("/dev/null")));
  }

  @Test
  void sysAndProcAreReadOnlyWhereTheyHaveToBe() throws Exception {
    assertEquals(
        "ro\nro\nfine",
        busybox.say(
            "grep ' /sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1;"
                + "grep ' /proc/sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1;"
                + "(echo 1 > /proc/sysrq-trigger) 2>/dev/null || echo fine"));
    Options privileged =
        new Options().script("grep ' /sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1");
    privileged.privileged = true;
    assertEquals("rw", busybox.run(privileged).line());
  }

  @Test
  void maskedPathsAreEmptyAndMissingOnesDoNoHarm() throws Exception {
    Options options =
        new Options()
            .script(
                "wc -c < /proc/version; ls /sys/firmware | wc -l; touch /sys/firmware/x 2>/dev/null || echo no; echo x > /etc/secret; wc -c < /etc/secret");
    Files.writeString(busybox.image.resolve("etc/secret"), "secret");
    options.masked =
        List.of("/proc/version", "/sys/firmware", "/etc/secret", "/proc/nothing", "/a/b/c");
    assertEquals("0\n0\nno\n0", busybox.run(options).line());
  }

  @Test
  void theCgroupIsJoinedAndLooksLikeARoot() throws Exception {
    String id = "sandjar-test-" + UUID.randomUUID();
    var driver = new CgroupfsDriver(Cgroups.detect());
    var cgroup = driver.create("/" + id, "container");
    try {
      Options options =
          new Options()
              .script(
                  "cat /proc/self/cgroup; ls /sys/fs/cgroup | wc -l; (mkdir /sys/fs/cgroup/x) 2>/dev/null || echo ro; exit 3");
      try (var join = cgroup.join()) {
        options.cgroup = Optional.of(join);
        Busybox.Outcome outcome = busybox.run(options);
        assertEquals(3, outcome.exit().code(), outcome.output());
        assertTrue(outcome.output().endsWith("ro\n"), outcome.output());
        outcome
            .output()
            .lines()
            .filter(line -> line.contains(":"))
            .forEach(line -> assertTrue(line.endsWith(":/"), line));
        assertTrue(cgroup.processes().isEmpty());
      }
    } finally {
      cgroup.remove();
      driver.parentAt("/" + id).remove();
    }
  }

  @Test
  void aVolumeIsBoundWithItsAccess() throws Exception {
    Path volume = Files.createDirectories(folder.resolve("volume/sub"));
    Files.writeString(folder.resolve("file"), "content");
    Options options =
        new Options()
            .script(
                "cat /etc/f; touch /rw/a && echo rw; touch /ro/b 2>/dev/null || echo ro;"
                    + "touch /rro/sub/c 2>/dev/null || echo rro; ls /missing | wc -l");
    Path missing = folder.resolve("made/for/me");
    options.volumes =
        List.of(
            Mount.Bind.of(folder.resolve("file"), "/etc/f"),
            Mount.Bind.of(volume, "/rw"),
            Mount.Bind.of(volume, "/ro").with(Mount.Access.READ_ONLY),
            Mount.Bind.of(volume.getParent(), "/rro").with(Mount.Access.RECURSIVE_READ_ONLY),
            Mount.Bind.of(missing, "/missing").with(Mount.MissingSource.CREATE_FOLDER),
            Mount.Bind.of(folder.resolve("none"), "/none").with(Mount.MissingSource.SKIP));
    assertEquals("contentrw\nro\nrro\n0", busybox.run(options).line());
    assertTrue(Files.isDirectory(missing));
  }

  @Test
  void aMissingSourceIsNamedInTheError() {
    Options options = new Options();
    options.volumes = List.of(Mount.Bind.of(folder.resolve("none"), "/none"));
    LaunchException refused = assertThrows(LaunchException.class, () -> busybox.run(options));
    assertEquals(
        "bind " + folder.resolve("none") + " on /none: ENOENT (No such file or directory)",
        refused.getMessage());
    assertEquals(128, refused.exitCode());
  }

  @Test
  void mountsPropagateAsFarAsAVolumeSays() throws Exception {
    Path shared = Files.createDirectories(folder.resolve("shared"));
    run("mount", "-t", "tmpfs", "tmpfs", shared.toString());
    try {
      run("mount", "--make-shared", shared.toString());
      for (String name : List.of("a", "b", "c", "from")) {
        Files.createDirectory(shared.resolve(name));
      }
      Options options =
          new Options()
              .script(
                  "touch /p/ready; while [ ! -e /p/go ]; do usleep 10000; done;"
                      + "ls /p/a /h/a /b/a | tr '\\n' ' '; mount -t tmpfs x /b/from; echo x > /b/from/seen; touch /p/done;"
                      + "while [ -e /p/go ]; do usleep 10000; done");
      options.capabilities = CapabilitySets.container(-1L >>> 23 & ~(1L << 24), 0);
      options.volumes =
          List.of(
              Mount.Bind.of(shared, "/p"),
              Mount.Bind.of(shared, "/h").with(Propagation.HOST_TO_CONTAINER),
              Mount.Bind.of(shared, "/b").with(Propagation.BIDIRECTIONAL));
      var running = java.util.concurrent.CompletableFuture.supplyAsync(() -> unchecked(options));
      await(shared.resolve("ready"), running);
      run("mount", "-t", "tmpfs", "tmpfs", shared.resolve("a").toString());
      Files.writeString(shared.resolve("a/new"), "");
      Files.writeString(shared.resolve("go"), "");
      await(shared.resolve("done"), running);
      assertTrue(Files.exists(shared.resolve("from/seen")));
      Files.delete(shared.resolve("go"));
      assertEquals("/b/a: new  /h/a: new  /p/a:", running.get().line());
    } finally {
      run("umount", "-R", "-l", shared.toString());
    }
  }

  private Busybox.Outcome unchecked(Options options) {
    try {
      return busybox.run(options);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(Path file, java.util.concurrent.Future<?> running) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!Files.exists(file)) {
      assertFalse(running.isDone(), () -> "ended early: " + outcome(running));
      assertTrue(System.nanoTime() < deadline, "no " + file);
      Thread.sleep(10);
    }
  }

  private static String outcome(java.util.concurrent.Future<?> running) {
    try {
      return String.valueOf(running.get());
    } catch (Exception e) {
      return e.toString();
    }
  }

  static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
  }

  @Test
  void anImageCanBeAVolumeAlsoAFolderOfIt() throws Exception {
    Path first = Files.createDirectories(folder.resolve("data1/models"));
    Path second = Files.createDirectories(folder.resolve("data2/models"));
    Files.writeString(first.resolve("one"), "1");
    Files.writeString(second.resolve("two"), "2");
    Options options =
        new Options().script("ls /all/models /part; touch /part/x 2>/dev/null || echo ro");
    List<Path> layers = List.of(first.getParent(), second.getParent());
    options.volumes =
        List.of(
            new Mount.ImageVolume(layers, "", "/all"),
            new Mount.ImageVolume(layers, "models", "/part"));
    assertEquals("/all/models:\none\ntwo\n\n/part:\none\ntwo\nro", busybox.run(options).line());
  }

  @Test
  void theUserHasItsGroupsAndNoCapabilityInEffect() throws Exception {
    Options options =
        new Options()
            .script(
                "id -u; id -g; grep -E '^(Groups|Cap)' /proc/self/status; touch /x 2>/dev/null || echo denied; echo ok > /dev/stdout");
    options.user = new ProcessUser(1000, 2000, List.of(2000, 3000), "/");
    String output = busybox.run(options).output();
    assertTrue(output.startsWith("1000\n2000\n"), output);
    assertTrue(output.endsWith("denied\nok\n"), output);
    Map<String, String> status = Busybox.fields(output, ":");
    assertEquals("2000 3000", status.get("Groups"));
    assertEquals("0000000000000000", status.get("CapEff"));
    assertEquals("0000000000000000", status.get("CapInh"));
    assertEquals("00000000a80425fb", status.get("CapBnd"));
  }

  @Test
  void ambientCapabilitiesReachAPlainUser() throws Exception {
    Options options = new Options().script("grep Cap /proc/self/status");
    options.user = new ProcessUser(1000, 1000, List.of(1000), "/");
    long netBind = 1L << 10;
    options.capabilities = CapabilitySets.container(Busybox.DEFAULT_CAPABILITIES, netBind);
    Map<String, String> status = Busybox.fields(busybox.run(options).output(), ":");
    assertEquals("0000000000000400", status.get("CapEff"));
    assertEquals("0000000000000400", status.get("CapAmb"));
  }

  @Test
  void rootHasTheCapabilitiesOfTheContainerAndNoMore() throws Exception {
    Options options = new Options().script("grep Cap /proc/self/status");
    Map<String, String> status = Busybox.fields(busybox.run(options).output(), ":");
    assertEquals("00000000a80425fb", status.get("CapEff"));
    assertEquals("00000000a80425fb", status.get("CapBnd"));
    options.capabilities = CapabilitySets.NONE;
    assertEquals(
        "0000000000000000", Busybox.fields(busybox.run(options).output(), ":").get("CapEff"));
  }

  /** Returns EPERM for mkdir(2) and mkdirat(2), and allows the rest. */
  private static Seccomp noMkdir() {
    var code = java.nio.ByteBuffer.allocate(5 * 8).order(java.nio.ByteOrder.nativeOrder());
    int load = 0x20;
    int jumpEqual = 0x15;
    int answer = 0x06;
    code.putShort((short) load).put((byte) 0).put((byte) 0).putInt(0);
    code.putShort((short) jumpEqual).put((byte) 1).put((byte) 0).putInt(83);
    code.putShort((short) jumpEqual).put((byte) 0).put((byte) 1).putInt(258);
    code.putShort((short) answer).put((byte) 0).put((byte) 0).putInt(0x0005_0001);
    code.putShort((short) answer).put((byte) 0).put((byte) 0).putInt(0x7fff_0000);
    return new Seccomp(code.array(), 0);
  }

  @Test
  void aSeccompFilterHoldsWithAndWithoutNoNewPrivileges() throws Exception {
    for (boolean noNewPrivileges : List.of(true, false)) {
      for (int uid : List.of(0, 1000)) {
        Options options =
            new Options()
                .script(
                    "grep -E 'NoNewPrivs|Seccomp:|CapBnd' /proc/self/status; mkdir /tmp/x 2>&1 | grep -o 'not permitted'");
        options.seccomp = Optional.of(noMkdir());
        options.noNewPrivileges = noNewPrivileges;
        options.user = new ProcessUser(uid, uid, List.of(uid), "/");
        String output = busybox.run(options).output();
        Map<String, String> status = Busybox.fields(output, ":");
        assertEquals("2", status.get("Seccomp"), output);
        assertEquals(noNewPrivileges ? "1" : "0", status.get("NoNewPrivs"), output);
        assertEquals("00000000a80425fb", status.get("CapBnd"), output);
        assertTrue(output.endsWith("not permitted\n"), output);
      }
    }
  }

  @Test
  void hostnameSysctlsLimitsUmaskAndOomScoreAreSet() throws Exception {
    Options options =
        new Options()
            .script(
                "hostname; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax;"
                    + "ulimit -n; ulimit -c; umask; cat /proc/self/oom_score_adj");
    options.hostname = Optional.of("box");
    options.sysctls = Map.of("net.ipv4.ip_forward", "1", "kernel.msgmax", "4096");
    options.limits = List.of(new ResourceLimit(Rlimit.RLIMIT_CORE, 0, 0));
    options.umask = 0027;
    options.oomScoreAdj = OptionalInt.of(500);
    assertEquals("box\n1\n4096\n1024\n0\n0027\n500", busybox.run(options).line());
  }

  @Test
  void anOomScoreThatMayNotBeLoweredStaysAsItIs() throws Exception {
    Options options = new Options().script("cat /proc/self/oom_score_adj");
    options.oomScoreAdj = OptionalInt.of(-999);
    String own = Files.readString(Path.of("/proc/self/oom_score_adj")).strip();
    String seen = busybox.run(options).line();
    assertTrue(seen.equals("-999") || seen.equals(own), seen);
  }

  @Test
  void theWorkingDirectoryIsMadeWhereItIsMissing() throws Exception {
    Options options = new Options().script("pwd");
    options.workingDirectory = "/some/where/new";
    assertEquals("/some/where/new", busybox.run(options).line());
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
    assertEquals(
        "HOME=/,PATH=/usr/bin:/bin,PWD=/,SHLVL=1",
        output
            .lines()
            .filter(line -> line.matches("[A-Z]+=.*"))
            .sorted()
            .collect(Collectors.joining(",")));
  }

  @Test
  void noLaunchLeavesAProcessOrADescriptorBehind() throws Exception {
    Set<Long> childrenBefore = children();
    busybox.say("true");
    long before = descriptors();
    for (int i = 0; i < 5; i++) {
      busybox.say("true");
      assertThrows(LaunchException.class, () -> busybox.run(new Options().args("foo")));
      Options broken = new Options();
      broken.volumes = List.of(Mount.Bind.of(folder.resolve("none"), "/none"));
      assertThrows(LaunchException.class, () -> busybox.run(broken));
    }
    // What other tests left to the collector may be closed meanwhile, so there can be fewer.
    long after = descriptors();
    assertTrue(after <= before, () -> before + " descriptors have become " + after);
    // A process that has ended is reaped by another thread, a moment later.
    Instant end = Instant.now().plusSeconds(20);
    while (!children().equals(childrenBefore) && Instant.now().isBefore(end)) {
      Thread.sleep(20);
    }
    assertEquals(childrenBefore, children());
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

package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Rootfs;
import io.sandjar.runtime.linux.mount.StandardMounts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A small image made of busybox, and containers of it. */
final class Busybox {
  static final long DEFAULT_CAPABILITIES = 0xa80425fbL;
  private static final Path BINARY = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "cat",
          "ls",
          "echo",
          "id",
          "true",
          "false",
          "sleep",
          "stat",
          "mount",
          "umount",
          "touch",
          "mkdir",
          "rm",
          "ln",
          "readlink",
          "hostname",
          "ps",
          "stty",
          "tty",
          "kill",
          "test",
          "grep",
          "pwd",
          "env",
          "mknod",
          "wc",
          "find",
          "setsid",
          "dd",
          "head",
          "tail",
          "chown",
          "chmod",
          "chroot",
          "unshare",
          "mkfifo",
          "ip",
          "cp",
          "nc",
          "od",
          "tr",
          "sort",
          "cut",
          "usleep");

  final String id = "test-" + UUID.randomUUID();
  final Path folder;
  final Path image;
  final Launcher launcher;
  private final Set<Integer> before;

  Busybox(Path folder) throws IOException {
    this(folder, LauncherConfig.of(folder, Cgroups.detect()));
  }

  Busybox(Path folder, LauncherConfig config) throws IOException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new IllegalStateException("this test needs root: it makes namespaces and mounts");
    }
    this.folder = folder;
    this.before = launched();
    this.image = folder.resolve("image");
    this.launcher = new Launcher(config);
    Path bin = Files.createDirectories(image.resolve("bin"));
    Files.copy(BINARY, bin.resolve("busybox"));
    for (String applet : APPLETS) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    Files.createDirectories(image.resolve("etc"));
    Files.createDirectories(image.resolve("tmp"));
  }

  /** Starts a pause process, and waits until it is wholly prepared. */
  Pause pause(PauseLaunch launch) throws IOException {
    Pause pause = launcher.beginPause(launch);
    try {
      pause.awaitPrepared();
      return pause;
    } catch (IOException | RuntimeException e) {
      try (pause) {
        pause.kill();
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** What a test changes of a usual container. */
  static final class Options {
    List<String> args = List.of("/bin/sh", "-c", "true");
    List<String> environment = List.of("PATH=/usr/bin:/bin", "HOME=/");
    String workingDirectory = "";
    ProcessUser user = ProcessUser.ROOT;
    CapabilitySets capabilities = CapabilitySets.container(DEFAULT_CAPABILITIES, 0);
    boolean noNewPrivileges;
    Optional<Seccomp> seccomp = Optional.empty();
    Optional<String> appArmor = Optional.empty();
    List<ResourceLimit> limits = List.of();
    OptionalInt oomScoreAdj = OptionalInt.empty();
    int umask = ProcessLaunch.USUAL_UMASK;
    boolean privileged;
    boolean readOnly;
    Rootfs rootfs;
    Namespaces namespaces = Namespaces.own();
    List<Mount> volumes = List.of();
    List<DeviceNode> devices = List.of();
    Map<String, String> sysctls = Map.of();
    Optional<String> hostname = Optional.empty();
    List<String> masked =
        List.of("/proc/kcore", "/proc/acpi", "/proc/keys", "/sys/firmware", "/proc/nothing");
    List<String> readOnlyPaths = List.of("/proc/sys", "/proc/irq", "/proc/sysrq-trigger");
    Optional<io.sandjar.runtime.linux.cgroup.Join> cgroup = Optional.empty();
    Stdio stdio;
    List<Fd> held = List.of();

    Options args(String... command) {
      args = List.of(command);
      return this;
    }

    Options script(String script) {
      return args("/bin/sh", "-c", script);
    }

    ProcessLaunch process() {
      return new ProcessLaunch(
          args,
          environment,
          workingDirectory,
          user,
          capabilities,
          noNewPrivileges,
          seccomp,
          appArmor,
          limits,
          oomScoreAdj,
          umask);
    }
  }

  private int number;

  Rootfs.Overlay overlay(boolean readOnly) throws IOException {
    Path layers = folder.resolve("container" + number++);
    return new Rootfs.Overlay(
        List.of(image),
        Files.createDirectories(layers.resolve("upper")),
        Files.createDirectories(layers.resolve("work")),
        readOnly);
  }

  ContainerLaunch launch(Options options) throws IOException {
    List<Mount> mounts =
        new ArrayList<>(
            StandardMounts.of(
                options.privileged,
                Set.copyOf(options.volumes.stream().map(Mount::target).toList())));
    mounts.addAll(options.volumes);
    return new ContainerLaunch(
        id,
        options.process(),
        options.stdio,
        options.rootfs == null ? overlay(options.readOnly) : options.rootfs,
        options.namespaces,
        mounts,
        options.devices,
        options.sysctls,
        options.hostname,
        options.masked,
        options.readOnlyPaths,
        options.cgroup,
        options.held,
        folder.resolve("exit" + number++));
  }

  /** What a container said, and how it ended. */
  record Outcome(String output, ExitStatus exit) {
    String line() {
      assertEquals(0, exit.code(), () -> "exit of a container that said: " + output);
      return output.strip();
    }
  }

  /** Runs a container to its end. */
  Outcome run(Options options) throws Exception {
    return run(launcher, options);
  }

  Outcome run(Launcher by, Options options) throws Exception {
    Fd[] pipe = OpenFiles.pipe();
    Monitor monitor;
    try (Fd write = pipe[1]) {
      options.stdio = Stdio.Files.output(write, write);
      monitor = by.create(launch(options));
    } catch (IOException | RuntimeException e) {
      pipe[0].close();
      throw e;
    }
    try (Fd read = pipe[0]) {
      monitor.start();
      String output = readAll(read);
      return new Outcome(output, monitor.exit().get(60, TimeUnit.SECONDS));
    } finally {
      monitor.end();
    }
  }

  /** A container that has started, without any files. */
  Monitor running(Options options) throws Exception {
    options.stdio = Stdio.Files.none();
    Monitor monitor = launcher.create(launch(options));
    monitor.start();
    return monitor;
  }

  String say(String script) throws Exception {
    return run(new Options().script(script)).line();
  }

  /** Runs a command in a container to its end. */
  Outcome exec(Monitor container, Options options) throws Exception {
    Fd[] pipe = OpenFiles.pipe();
    ExecProcess process;
    try (Fd write = pipe[1]) {
      process =
          launcher.exec(
              new ExecLaunch(
                  id,
                  container,
                  options.process(),
                  Stdio.Files.output(write, write),
                  options.namespaces.user(),
                  options.cgroup));
    } catch (IOException | RuntimeException e) {
      pipe[0].close();
      throw e;
    }
    try (process;
        Fd read = pipe[0]) {
      return new Outcome(readAll(read), process.exit().get(60, TimeUnit.SECONDS));
    }
  }

  static String readAll(Fd read) throws IOException {
    try (InputStream in = Files.newInputStream(Path.of("/proc/self/fd/" + read.number()))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** NAME=value lines as a map. */
  static Map<String, String> fields(String lines, String separator) {
    Map<String, String> fields = new LinkedHashMap<>();
    lines
        .lines()
        .map(line -> line.split(separator, 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].strip(), parts[1].strip()));
    return fields;
  }

  /** Also ends what a test that failed has left. */
  void close() throws IOException {
    launcher.close();
    for (int pid : launched()) {
      if (!before.contains(pid)) {
        ProcessTree.kill(pid);
        Reaper.reapChild(pid, "a process of a test", Duration.ofSeconds(60));
      }
    }
  }

  /** The children of this process that the launcher is, or was when they were cloned. */
  private static Set<Integer> launched() throws IOException {
    Set<Integer> pids = new HashSet<>();
    for (ProcessHandle child : ProcessHandle.current().children().toList()) {
      Path exe = Path.of("/proc", Long.toString(child.pid()), "exe");
      try {
        if (Files.readSymbolicLink(exe).toString().contains("sandjar-launcher")) {
          pids.add((int) child.pid());
        }
      } catch (NoSuchFileException e) {
        // It has ended.
      }
    }
    return pids;
  }

  /** Waits until nothing of a launch's files is in the memory of a process that it has made. */
  void awaitLaunchForgotten(int pid) throws Exception {
    Path maps = Path.of("/proc", Integer.toString(pid), "maps");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Files.readString(maps).contains("sandjar-launch-")) {
      assertTrue(System.nanoTime() < end, () -> "process " + pid + " keeps its launch program");
      Thread.sleep(10);
    }
  }
}

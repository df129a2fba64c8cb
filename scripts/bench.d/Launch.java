package bench;

import io.sandjar.runtime.container.DefaultPaths;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.CapabilitySets;
import io.sandjar.runtime.linux.launch.ContainerLaunch;
import io.sandjar.runtime.linux.launch.ExecLaunch;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.LauncherConfig;
import io.sandjar.runtime.linux.launch.Monitor;
import io.sandjar.runtime.linux.launch.Namespaces;
import io.sandjar.runtime.linux.launch.ProcessLaunch;
import io.sandjar.runtime.linux.launch.Seccomp;
import io.sandjar.runtime.linux.launch.Stdio;
import io.sandjar.runtime.linux.mount.Rootfs;
import io.sandjar.runtime.linux.mount.StandardMounts;
import io.sandjar.runtime.linux.seccomp.SeccompCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How long a container takes from nothing to its gate, from there to its command, and from its end
 * to the known exit status, and how long a further process takes; with everything that hardens a
 * container. In a loop, and alone after a pause: hybrid and v1 cgroups cost a grace period then.
 * Beside it, runc with the same bundle, see {@link RuncBundle}.
 */
public final class Launch implements AutoCloseable {
  private static final double START_BUDGET_MS = 2;
  private static final double CREATE_AND_START_BUDGET_MS = 5;
  private static final double EXEC_BUDGET_MS = 4;
  private static final long ALONE_MILLIS = 100;
  /** A daemon's life is thousands of containers; the first hundreds run code that is not compiled yet. */
  private static final int WARM_UP = 400;
  private static final int RUNC_WARM_UP = 3;

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private final Path folder;
  private final Path image;
  private final String parent;
  private final CgroupfsDriver driver;
  private final Launcher launcher;
  private final long capabilities;
  private final Seccomp seccomp;
  private int number;

  private Launch(Path folder) throws IOException {
    this.folder = folder;
    this.image = Files.createDirectories(folder.resolve("image"));
    this.parent = "/" + folder.getFileName();
    var cgroups = Cgroups.detect();
    this.driver = new CgroupfsDriver(cgroups);
    this.launcher = new Launcher(LauncherConfig.of(folder, cgroups));
    this.capabilities = Capabilities.mask(Capabilities.DEFAULT);
    var filter = SeccompCompiler.forThisMachine().runtimeDefault(capabilities);
    this.seccomp = new Seccomp(filter.program(), filter.flags());
    // As every image has them; runc makes them in its bundle's root when it first starts there.
    for (String name : List.of("bin", "dev", "etc", "proc", "sys", "tmp")) {
      Files.createDirectories(image.resolve(name));
    }
    Files.copy(BUSYBOX, image.resolve("bin/busybox"));
    for (String name : List.of("true", "sleep", "sh")) {
      Files.createSymbolicLink(image.resolve("bin").resolve(name), Path.of("busybox"));
    }
  }

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs", "alone-runs", "runc-runs", "runc-alone-runs");
    var folder = Files.createTempDirectory("sandjar-bench-launch");
    var memory = Tool.memory(folder.resolve(folder.getFileName()));
    var report = new Report("launch");
    try (var bench = new Launch(memory)) {
      bench.lives(WARM_UP, 0);
      bench.execs(WARM_UP, 0);
      bench.report(report, "in a loop", arguments.number("runs", 200), 0, true);
      bench.report(report, "alone", arguments.number("alone-runs", 40), ALONE_MILLIS, false);
      if (RuncPeer.isInstalled()) {
        var runc = new RuncPeer(memory, bench.image, bench.parent);
        runc.lives(RUNC_WARM_UP, 0);
        runc.report(report, "in a loop", arguments.number("runc-runs", 40), 0);
        runc.report(report, "alone", arguments.number("runc-alone-runs", 20), ALONE_MILLIS);
      } else {
        System.out.println("runc is not installed: no peer to compare with");
      }
    } finally {
      Tool.run("umount", memory.toString());
      delete(folder);
    }
    report.finish(arguments.json());
  }

  private void report(Report report, String how, int runs, long pause, boolean budgets)
      throws Exception {
    var lives = lives(runs, pause);
    report
        .row("cgroup made, " + how, "ms", samples(lives, "cgroup"))
        .row("create (to the gate), " + how, "ms", samples(lives, "create"));
    if (budgets) {
      report
          .row("start (gate to command), " + how, "ms", samples(lives, "start"), START_BUDGET_MS)
          .row(
              "create and start, " + how, "ms", samples(lives, "both"), CREATE_AND_START_BUDGET_MS);
    } else {
      report
          .row("start (gate to command), " + how, "ms", samples(lives, "start"))
          .row("create and start, " + how, "ms", samples(lives, "both"));
    }
    report
        .row("exit (killed to known status), " + how, "ms", samples(lives, "exit"))
        .row("delete (monitor and cgroup), " + how, "ms", samples(lives, "delete"));
    var execs = new Samples(execs(runs, pause));
    if (budgets) {
      report.row("exec true, " + how, "ms", execs, EXEC_BUDGET_MS);
    } else {
      report.row("exec true, " + how, "ms", execs);
    }
  }

  private static Samples samples(Map<String, List<Double>> times, String what) {
    return new Samples(times.get(what));
  }

  /** Containers one after the other, each from nothing to nothing. */
  private Map<String, List<Double>> lives(int runs, long pause) throws Exception {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    for (int run = 0; run < runs; run++) {
      var id = "c" + number++;
      long begin = System.nanoTime();
      var cgroup = driver.create(parent, id);
      note(times, "cgroup", begin);
      try {
        var layers = layers(id);
        Thread.sleep(pause);
        long create = System.nanoTime();
        var monitor = create(id, cgroup, layers, List.of("sleep", "1000"));
        double created = note(times, "create", create);
        Thread.sleep(pause);
        long start = System.nanoTime();
        monitor.start();
        double started = note(times, "start", start);
        times.computeIfAbsent("both", name -> new ArrayList<>()).add(created + started);
        Thread.sleep(pause);
        long kill = System.nanoTime();
        monitor.signal(9);
        monitor.exit().get();
        note(times, "exit", kill);
        Thread.sleep(pause);
        long delete = System.nanoTime();
        monitor.end();
        cgroup.remove();
        note(times, "delete", delete);
      } finally {
        cgroup.remove();
      }
    }
    return times;
  }

  private List<Double> execs(int runs, long pause) throws Exception {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    var id = "c" + number++;
    var cgroup = driver.create(parent, id);
    var monitor = create(id, cgroup, layers(id), List.of("sleep", "1000"));
    try {
      monitor.start();
      for (int run = 0; run < runs; run++) {
        Thread.sleep(pause);
        long begin = System.nanoTime();
        try (var join = cgroup.join();
            var process =
                launcher.exec(
                    new ExecLaunch(
                        id,
                        monitor,
                        process(List.of("true")),
                        Stdio.Files.none(),
                        Optional.empty(),
                        Optional.of(join)))) {
          process.exit().get();
        }
        note(times, "exec", begin);
      }
    } finally {
      monitor.end();
      cgroup.remove();
    }
    return times.get("exec");
  }

  private static double note(Map<String, List<Double>> times, String what, long since) {
    double millis = (System.nanoTime() - since) / 1e6;
    times.computeIfAbsent(what, name -> new ArrayList<>()).add(millis);
    return millis;
  }

  /** A snapshot, which is there before a container is created, as runc's root is. */
  private Rootfs.Overlay layers(String id) throws IOException {
    var layers = folder.resolve(id);
    return new Rootfs.Overlay(
        List.of(image),
        Files.createDirectories(layers.resolve("upper")),
        Files.createDirectories(layers.resolve("work")),
        false);
  }

  private Monitor create(String id, Cgroup cgroup, Rootfs.Overlay layers, List<String> command)
      throws IOException {
    try (var join = cgroup.join()) {
      return launcher.create(
          new ContainerLaunch(
              id,
              process(command),
              Stdio.Files.none(),
              layers,
              Namespaces.own(),
              StandardMounts.of(false, Set.of()),
              List.of(),
              Map.of(),
              Optional.of("bench"),
              DefaultPaths.MASKED,
              DefaultPaths.READONLY,
              Optional.of(join),
              List.of(),
              folder.resolve(id).resolve("exit")));
    }
  }

  private ProcessLaunch process(List<String> command) {
    return new ProcessLaunch(
        command,
        List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        "/",
        ProcessUser.ROOT,
        CapabilitySets.container(capabilities, 0),
        false,
        Optional.of(seccomp),
        Optional.empty(),
        List.of(),
        OptionalInt.of(100),
        ProcessLaunch.USUAL_UMASK);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    launcher.close();
    driver.parentAt(parent).remove();
  }
}

package bench;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the kernel alone takes for the dearest calls of a pod's life, each made by as little around
 * it as can be: no runtime that makes the same calls is quicker.
 */
public final class Floor {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String NAME = "sandjar-bench-floor";

  /** After this, the kernel's grace periods are not under way any more. */
  private static final long REST_MILLIS = 150;

  private final Map<String, List<Double>> times = new LinkedHashMap<>();

  private Floor() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs");
    int runs = arguments.number("runs", 100);
    var floor = new Floor();
    for (int run = 0; run <= runs; run++) {
      if (run == 1) {
        // The first one loads classes.
        floor.times.clear();
      }
      floor.namespaces();
      floor.cgroups();
    }
    var report = new Report("floor");
    floor.times.forEach((what, values) -> report.row(what, "ms", new Samples(values)));
    report.finish(arguments.json());
  }

  private interface Call {
    void make() throws IOException;
  }

  private void time(String what, Call call) throws IOException {
    long start = System.nanoTime();
    call.make();
    times
        .computeIfAbsent(what, first -> new ArrayList<>())
        .add((System.nanoTime() - start) / 1e6);
  }

  /** RunPodSandbox cannot do without the first two; the third is behind StopPodSandbox. */
  private void namespaces() throws IOException {
    var held = new NetworkNamespace[1];
    try (var node = NetworkNamespace.create();
        var rtnl = Rtnl.in(node)) {
      time("unshare(CLONE_NEWNET), on a thread of its own", () -> held[0] = NetworkNamespace.create());
      try (var pod = held[0]) {
        time(
            "a veth pair with its end in there",
            () -> rtnl.addLink(NewLink.veth("up0", NewLink.peer("eth0").bornIn(pod.fd())).bornUp()));
      }
      time(
          "its last holder gone, until the link is",
          () -> {
            while (rtnl.link("up0").isPresent()) {
              Thread.onSpinWait();
            }
          });
    }
  }

  /** One for the pause, one for the container. */
  private void cgroups() throws IOException {
    var made = new ArrayList<Path>();
    var process = new ProcessBuilder("sleep", "1000").start();
    try {
      time(
          "mkdir in every hierarchy",
          () -> {
            for (var hierarchy : hierarchies()) {
              made.add(Files.createDirectory(hierarchy.resolve(NAME)));
            }
          });
      for (var cgroup : made) {
        if (cgroup.getParent().endsWith("cpuset")) {
          // It takes nobody without these.
          copy(cgroup, "cpuset.cpus");
          copy(cgroup, "cpuset.mems");
        }
      }
      Tool.pause(REST_MILLIS);
      time("cgroup.procs in every hierarchy, after rest", () -> join(made, process.pid()));
      join(made.stream().map(Path::getParent).toList(), process.pid());
      time("the same again at once", () -> join(made, process.pid()));
    } finally {
      process.destroyForcibly();
      process.onExit().join();
      time(
          "rmdir in every hierarchy",
          () -> {
            for (var cgroup : made) {
              Files.delete(cgroup);
            }
          });
    }
  }

  private static void join(List<Path> cgroups, long pid) throws IOException {
    for (var cgroup : cgroups) {
      Files.writeString(
          cgroup.resolve("cgroup.procs"), Long.toString(pid), StandardOpenOption.WRITE);
    }
  }

  private static void copy(Path cgroup, String file) throws IOException {
    Files.writeString(
        cgroup.resolve(file),
        Files.readString(cgroup.getParent().resolve(file)),
        StandardOpenOption.WRITE);
  }

  /** Version 2 alone, or each hierarchy of version 1 and the one of version 2 beside them. */
  private static List<Path> hierarchies() throws IOException {
    if (Files.exists(ROOT.resolve("cgroup.procs"))) {
      return List.of(ROOT);
    }
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> !Files.isSymbolicLink(folder))
          .filter(folder -> Files.exists(folder.resolve("cgroup.procs")))
          .sorted()
          .toList();
    }
  }
}

package bench;

import bench.Comparison.Better;
import bench.Comparison.Goal;
import bench.Contest.Contestant;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Many pods at once, beside containerd: how fast they come and go, what holding them costs. */
public final class Pods {
  private static final Goal EIGHTFOLD = new Goal(8, 0);
  private static final Goal A_QUARTER = new Goal(4, 0);
  private static final Goal HALF_AS_FAST_AGAIN = new Goal(1.5, 0);
  private static final Goal LIST = Goal.atMost(20);
  private static final Goal STATS = Goal.atMost(100);

  /** Pods that come before those that count: a daemon's first hour at most. */
  private static final int WARM_UP = 400;

  private static final int WARM_UP_OF_PEER = 10;
  private static final int LISTS = 20;
  private static final double MIB = 1 << 20;

  private Pods() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "pods", "peer-pods", "held", "logs", "chart");
    int pods = arguments.number("pods", 200);
    int peerPods = arguments.number("peer-pods", Math.min(pods, 64));
    int held = arguments.number("held", 100);
    Comparison comparison;
    try (var contest = new Contest()) {
      comparison = new Comparison("pods", contest.versions());
      var ours = contest.sandjar();
      var theirs = contest.peer();
      comeAndGo(ours, 4, WARM_UP);
      comeAndGo(theirs, 4, WARM_UP_OF_PEER);
      Compilers.rest();
      for (int parallel : new int[] {1, 4, 16}) {
        comparison.row(
            "pods, " + parallel + " at a time",
            "1/s",
            Better.MORE,
            one(comeAndGo(ours, parallel, pods)),
            one(comeAndGo(theirs, parallel, peerPods)),
            EIGHTFOLD);
      }
      hold(comparison, ours, theirs, held);
      int runs = arguments.number("logs", 3);
      comparison.row(
          "log lines into the file",
          "MiB/s",
          Better.MORE,
          new Samples(logs(ours, runs)),
          new Samples(logs(theirs, runs)),
          HALF_AS_FAST_AGAIN);
    }
    comparison.finish(arguments.json(), arguments.text("chart").map(Path::of));
  }

  private static Samples one(double value) {
    return new Samples(List.of(value));
  }

  /** Pods per second: made, started, stopped and removed. */
  private static double comeAndGo(Contestant contestant, int parallel, int pods) throws Exception {
    var left = new AtomicInteger(pods);
    long start = System.nanoTime();
    inParallel(
        parallel,
        () -> {
          while (left.getAndDecrement() > 0) {
            var timings = new Timings();
            contestant.pods().end(contestant.pods().start(timings), timings);
          }
          return null;
        });
    return pods / ((System.nanoTime() - start) / 1e9);
  }

  private static void inParallel(int threads, Callable<Void> work) throws Exception {
    var pool = Executors.newFixedThreadPool(threads);
    try {
      for (var done : pool.invokeAll(java.util.Collections.nCopies(threads, work))) {
        done.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static void hold(Comparison comparison, Contestant ours, Contestant theirs, int held)
      throws Exception {
    var ourTimings = new Timings();
    var theirTimings = new Timings();
    var ourMemory = holding(ours, held, ourTimings);
    var theirMemory = holding(theirs, held, theirTimings);
    comparison.row(
        "memory of " + held + " pods (PSS)",
        "MiB",
        Better.LESS,
        one(ourMemory),
        one(theirMemory),
        A_QUARTER);
    for (var what : ourTimings.names()) {
      comparison.row(
          what + " of " + held,
          "ms",
          Better.LESS,
          ourTimings.of(what),
          theirTimings.of(what),
          what.endsWith("Stats") ? STATS : LIST);
    }
  }

  private static double holding(Contestant contestant, int held, Timings timings)
      throws Exception {
    var left = new AtomicInteger(held);
    inParallel(
        4,
        () -> {
          while (left.getAndDecrement() > 0) {
            contestant.pods().start(new Timings());
          }
          return null;
        });
    // What starting left behind is collected, and idle is idle.
    Tool.pause(5000);
    double memory = contestant.processes().get().mapToDouble(Memory::pssMiB).sum();
    var runtime = contestant.client().runtime();
    for (int i = 0; i < LISTS; i++) {
      timings.time(
          "ListPodSandbox",
          () -> runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
      timings.time(
          "ListContainers",
          () -> runtime.listContainers(ListContainersRequest.getDefaultInstance()));
      timings.time(
          "ListContainerStats",
          () -> runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance()));
      timings.time(
          "ListPodSandboxStats",
          () -> runtime.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()));
    }
    contestant.pods().endAll();
    return memory;
  }

  /** MiB per second from a container that writes as fast as it can, until all is in its log. */
  private static List<Double> logs(Contestant contestant, int runs) throws IOException {
    var speeds = new ArrayList<Double>();
    for (int run = 0; run < runs; run++) {
      long start = System.nanoTime();
      var pod = contestant.pods().start(new Timings(), List.of("cat", Layouts.LINES_FILE));
      LogCheck.awaitAll(pod.log());
      double seconds = (System.nanoTime() - start) / 1e9;
      speeds.add(LogCheck.verify(pod.log()) / MIB / seconds);
      contestant.pods().end(pod, new Timings());
    }
    return speeds;
  }
}

package bench;

import bench.Comparison.Better;
import bench.Comparison.Goal;
import bench.Contest.Contestant;
import java.io.IOException;
import java.util.List;

/** How long each CRI call of a pod's life takes, beside containerd with runc: busy and idle. */
public final class Cri {
  private static final Goal TENFOLD = new Goal(10, 5);

  /** The first pods of a runtime load its code. */
  private static final int WARM_UP = 40;

  private static final int WARM_UP_OF_PEER = 5;

  private Cri() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs", "peer-runs", "idle-runs", "chart");
    int runs = arguments.number("runs", 1000);
    int peerRuns = arguments.number("peer-runs", runs);
    int idleRuns = arguments.number("idle-runs", 10);
    Comparison comparison;
    try (var contest = new Contest()) {
      comparison = new Comparison("cri", contest.versions());
      inLoop(contest.sandjar(), WARM_UP);
      inLoop(contest.peer(), WARM_UP_OF_PEER);
      compare(
          comparison, "", inLoop(contest.sandjar(), runs), inLoop(contest.peer(), peerRuns), TENFOLD);
      compare(
          comparison,
          " after idling",
          idling(contest.sandjar(), idleRuns),
          idling(contest.peer(), idleRuns),
          Goal.NONE);
    }
    comparison.finish(arguments.json(), arguments.text("chart").map(java.nio.file.Path::of));
  }

  private static Timings inLoop(Contestant contestant, int runs) throws IOException {
    var timings = new Timings();
    for (int run = 0; run < runs; run++) {
      life(contestant, timings);
    }
    return timings;
  }

  /** One pod after a pause in which caches cool and timers run out. */
  private static Timings idling(Contestant contestant, int runs) throws IOException {
    var timings = new Timings();
    for (int run = 0; run < runs; run++) {
      Tool.pause(2000);
      life(contestant, timings);
    }
    return timings;
  }

  private static void life(Contestant contestant, Timings timings) throws IOException {
    var pod = contestant.pods().start(timings);
    contestant.pods().exec(pod, timings);
    contestant.pods().end(pod, timings);
  }

  private static void compare(
      Comparison comparison, String suffix, Timings ours, Timings theirs, Goal goal) {
    for (var what : List.copyOf(ours.names())) {
      comparison.row(what + suffix, "ms", Better.LESS, ours.of(what), theirs.of(what), goal);
    }
  }
}

package bench;

import bench.Comparison.Better;
import bench.Comparison.Goal;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How long each CRI call of a pod's life takes, beside containerd with runc: busy and idle. With
 * --socket, those of whatever runtime serves it, alone.
 */
public final class Cri {
  private static final Goal TENFOLD = new Goal(10, 5);

  /** The first pods of a runtime load its code. */
  private static final int WARM_UP = 40;

  private static final int WARM_UP_OF_PEER = 5;

  private Cri() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs", "peer-runs", "idle-runs", "chart", "socket", "image");
    int runs = arguments.number("runs", 1000);
    var socket = arguments.text("socket");
    if (socket.isPresent()) {
      alone(arguments, Path.of(socket.get()), runs);
      return;
    }
    int peerRuns = arguments.number("peer-runs", runs);
    int idleRuns = arguments.number("idle-runs", 10);
    Comparison comparison;
    try (var contest = new Contest()) {
      comparison = new Comparison("cri", contest.versions());
      inLoop(contest.sandjar().pods(), WARM_UP);
      inLoop(contest.peer().pods(), WARM_UP_OF_PEER);
      compare(
          comparison, "", inLoop(contest.sandjar().pods(), runs), inLoop(contest.peer().pods(), peerRuns), TENFOLD);
      compare(
          comparison,
          " after idling",
          idling(contest.sandjar().pods(), idleRuns),
          idling(contest.peer().pods(), idleRuns),
          Goal.NONE);
    }
    comparison.finish(arguments.json(), arguments.text("chart").map(Path::of));
  }

  private static void alone(Arguments arguments, Path socket, int runs) throws IOException {
    var image = arguments.text("image").orElse("docker.io/library/busybox:latest");
    var report = new Report("cri at " + socket);
    var logs = Files.createTempDirectory("sandjar-bench-logs");
    try (var client = new CriClient(socket)) {
      var pods = new PodCalls(client, image, logs, "");
      inLoop(pods, WARM_UP);
      var timings = inLoop(pods, runs);
      timings.names().forEach(what -> report.row(what, "ms", timings.of(what)));
    } finally {
      Tool.run("rm", "-rf", logs.toString());
    }
    report.finish(arguments.json());
  }

  private static Timings inLoop(PodCalls pods, int runs) throws IOException {
    var timings = new Timings();
    for (int run = 0; run < runs; run++) {
      life(pods, timings);
    }
    return timings;
  }

  /** One pod after a pause in which caches cool and timers run out. */
  private static Timings idling(PodCalls pods, int runs) throws IOException {
    var timings = new Timings();
    for (int run = 0; run < runs; run++) {
      Tool.pause(2000);
      life(pods, timings);
    }
    return timings;
  }

  private static void life(PodCalls pods, Timings timings) throws IOException {
    var pod = pods.start(timings);
    pods.exec(pod, timings);
    pods.end(pod, timings);
  }

  private static void compare(
      Comparison comparison, String suffix, Timings ours, Timings theirs, Goal goal) {
    for (var what : List.copyOf(ours.names())) {
      comparison.row(what + suffix, "ms", Better.LESS, ours.of(what), theirs.of(what), goal);
    }
  }
}

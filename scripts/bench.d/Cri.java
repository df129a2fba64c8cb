package bench;

import bench.Comparison.Better;
import bench.Comparison.Goal;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * How long each CRI call of a pod's life takes, beside containerd with runc: busy and idle. With
 * --socket, those of whatever runtime serves it, alone.
 */
public final class Cri {
  private static final Goal TENFOLD = new Goal(10, 5);

  /** One prepares a container when it is made, the other when it is started. */
  private static final String CREATE_AND_START = "Create- and StartContainer";

  private static final Map<String, Goal> GOALS =
      Map.of(
          "RunPodSandbox", TENFOLD,
          "StartContainer", TENFOLD,
          "ExecSync", TENFOLD,
          "StopContainer", TENFOLD,
          "StopPodSandbox", TENFOLD,
          "RemovePodSandbox", TENFOLD);

  /** A row of their own: they load a runtime's code, and a JVM has compiled little of it. */
  private static final int FIRST = 40;

  /** What comes before the pods that count: a daemon's first hour at most. */
  private static final int WARM_UP = 400;

  private static final int WARM_UP_OF_PEER = 10;

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
      var ours = contest.sandjar().pods();
      var theirs = contest.peer().pods();
      var ourFirst = inLoop(ours, FIRST);
      var theirFirst = inLoop(theirs, WARM_UP_OF_PEER);
      inLoop(ours, WARM_UP);
      Compilers.rest();
      compare(comparison, "", inLoop(ours, runs), inLoop(theirs, peerRuns), GOALS);
      compare(
          comparison, " after idling", idling(ours, idleRuns), idling(theirs, idleRuns), Map.of());
      compare(comparison, " of the first pods", ourFirst, theirFirst, Map.of());
    }
    comparison.finish(arguments.json(), arguments.text("chart").map(Path::of));
  }

  private static void alone(Arguments arguments, Path socket, int runs) throws IOException {
    var image = arguments.text("image").orElse("docker.io/library/busybox:latest");
    var report = new Report("cri at " + socket);
    var logs = Files.createTempDirectory("sandjar-bench-logs");
    try (var client = new CriClient(socket)) {
      var pods = new PodCalls(client, image, logs, "");
      inLoop(pods, FIRST + WARM_UP);
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
      Comparison comparison, String suffix, Timings ours, Timings theirs, Map<String, Goal> goals) {
    for (var what : ours.names()) {
      comparison.row(
          what + suffix,
          "ms",
          Better.LESS,
          ours.of(what),
          theirs.of(what),
          goals.getOrDefault(what, Goal.NONE));
    }
    comparison.row(
        CREATE_AND_START + suffix,
        "ms",
        Better.LESS,
        ours.sum("CreateContainer", "StartContainer"),
        theirs.sum("CreateContainer", "StartContainer"),
        Goal.NONE);
  }
}

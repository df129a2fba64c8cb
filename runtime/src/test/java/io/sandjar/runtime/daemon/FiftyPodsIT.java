package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full node's daemon is killed: no pod restarts because of it, and those that do count on. */
class FiftyPodsIT {
  private static final int RUNNING = 40;
  private static final int CRASHING = 10;

  /** One line for each pod: its name, its only container's id, its restarts, why it waits. */
  private static final String LOOK =
      "jsonpath={range .items[*]}{.metadata.name}{\"|\"}"
          + "{.status.containerStatuses[0].containerID}{\"|\"}"
          + "{.status.containerStatuses[0].restartCount}{\"|\"}"
          + "{.status.containerStatuses[0].state.running.startedAt}{\"|\"}"
          + "{.status.containerStatuses[0].state.waiting.message}{\"\\n\"}{end}";

  private record Look(String id, int restarts, String startedAt, int backOff) {
    private static final Pattern BACK_OFF = Pattern.compile("back-off (?:(\\d+)m)?(\\d+)s");

    static Look of(String[] fields) {
      Matcher waits = BACK_OFF.matcher(fields[4]);
      int seconds = 0;
      if (waits.find()) {
        seconds = Integer.parseInt(waits.group(2));
        seconds += waits.group(1) == null ? 0 : 60 * Integer.parseInt(waits.group(1));
      }
      int restarts = fields[2].isEmpty() ? 0 : Integer.parseInt(fields[2]);
      return new Look(fields[1], restarts, fields[3], seconds);
    }

    boolean runs() {
      return !startedAt.isEmpty();
    }

    boolean backsOff() {
      return backOff > 0;
    }
  }

  @Test
  void aKilledDaemonCostsNoRestartAndKeepsCountsAndBackOffs(@TempDir Path folder) throws Exception {
    TestNode node = TestNode.start(folder, "");
    try {
      List<String> manifests = new ArrayList<>();
      for (int i = 0; i < RUNNING; i++) {
        manifests.add(
            node.pod(
                "runs" + i, "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
      }
      for (int i = 0; i < CRASHING; i++) {
        manifests.add(
            node.pod(
                "crashes" + i,
                "containers: [{name: c, image: IMAGE, command: [sh, -c, \"exit 1\"]}]"));
      }
      node.apply(manifests.toArray(String[]::new));
      node.await(() -> settled(look(node)), "settled"::equals);
      Map<String, Look> before = look(node);

      node.crash();

      Map<String, Look> after = look(node);
      assertEquals(before.keySet(), after.keySet());
      before.forEach((name, was) -> compare(name, was, after.get(name)));
      // Whatever the new daemon finds to do, it has done by the time the crashing ones come round.
      node.await(() -> again(before, look(node)), "again"::equals);
      Map<String, Look> later = look(node);
      before.forEach((name, was) -> compare(name, was, later.get(name)));
    } finally {
      node.stop();
    }
  }

  private static void compare(String name, Look was, Look is) {
    if (was.runs()) {
      assertEquals(was, is, name);
    } else {
      assertTrue(is.restarts() >= was.restarts(), name + ": " + was + ", then " + is);
      assertTrue(
          !is.backsOff() || is.backOff() >= was.backOff(), name + ": " + was + ", then " + is);
    }
  }

  private static String settled(Map<String, Look> pods) {
    long running = pods.values().stream().filter(Look::runs).count();
    long waiting = pods.values().stream().filter(Look::backsOff).count();
    return running == RUNNING && waiting == CRASHING ? "settled" : pods.toString();
  }

  private static String again(Map<String, Look> before, Map<String, Look> now) {
    return now.entrySet().stream()
            .anyMatch(pod -> pod.getValue().restarts() > before.get(pod.getKey()).restarts())
        ? "again"
        : now.toString();
  }

  private static Map<String, Look> look(TestNode node) throws Exception {
    Map<String, Look> pods = new TreeMap<>();
    for (String line : node.run("get", "pods", "-o", LOOK).split("\n")) {
      if (!line.isBlank()) {
        String[] fields = line.split("\\|", -1);
        pods.put(fields[0], Look.of(fields));
      }
    }
    return pods;
  }
}

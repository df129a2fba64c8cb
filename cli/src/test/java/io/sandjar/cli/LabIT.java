package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes as namespaces: their pods reach each other, and nothing stays behind. */
class LabIT {

  @ParameterizedTest
  @ValueSource(strings = {"", "--routed"})
  void allPodsReachAllPodsByTheirOwnAddresses(String wire)
      throws IOException, InterruptedException {
    try (Lab lab = new Lab()) {
      lab.run("scripts/lab netns up 3 " + wire);
      for (int node = 1; node <= 3; node++) {
        lab.run("scripts/lab netns pod node" + node + " pod");
      }
      for (int from = 1; from <= 3; from++) {
        for (int to = 1; to <= 3; to++) {
          String seen =
              lab.run(
                  """
                  scripts/lab netns exec nodeTO/pod timeout 10 socat -u \
                    TCP-LISTEN:80,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' &
                  for try in 1 2 3 4 5 6 7 8 9 10; do
                    sleep 0.1
                    scripts/lab netns exec nodeFROM/pod socat -u /dev/null \
                      TCP:10.10.TO.2:80 2> /dev/null && break
                  done
                  wait
                  """
                      .replace("FROM", "" + from)
                      .replace("TO", "" + to));
          assertEquals("10.10." + from + ".2", seen.strip(), "node" + from + " to node" + to);
        }
      }
      lab.run("scripts/lab netns down");
      assertEquals("", lab.remains());
    }
  }

  @Test
  void aStartThatIsKilledHalfWayLeavesNothingAfterDown() throws IOException, InterruptedException {
    for (int millis : new int[] {30, 150, 400, 900}) {
      try (Lab lab = new Lab()) {
        Process start = lab.start("exec scripts/lab netns up 3");
        Thread.sleep(millis);
        start.destroyForcibly().waitFor();
        lab.run("scripts/lab netns down");
        assertEquals("", lab.remains(), "killed after " + millis + " ms");
      }
    }
  }

  @Test
  void aLabThatIsUpIsNotStartedTwiceAndLabsDoNotMeet() throws IOException, InterruptedException {
    try (Lab one = new Lab();
        Lab other = new Lab()) {
      one.run("scripts/lab netns up 1");
      String refusal = one.run("! scripts/lab netns up 1");
      assertTrue(refusal.contains("is up already"), refusal);
      other.run("scripts/lab netns up 1");
      other.run("scripts/lab netns down");
      assertFalse(one.run("scripts/lab netns ls").isEmpty());
    }
  }
}

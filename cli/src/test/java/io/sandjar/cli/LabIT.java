package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
                  scripts/lab netns exec nodeTO/pod timeout 300 socat -u \
                    TCP-LISTEN:80,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' &
                  for try in $(seq 1000); do
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

  /** Each is something that a start has made, by which it is known how far it got. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/run/netns/NAME-wire",
        "/run/netns/NAME-node2",
        "/run/sandjar-lab/NAME/node3/config.yaml",
        "/run/sandjar-lab/NAME/node1/pid",
        "/run/sandjar-lab/NAME/node1/state/api.sock"
      })
  void aStartThatIsKilledHalfWayLeavesNothingAfterDown(String made)
      throws IOException, InterruptedException {
    try (Lab lab = new Lab()) {
      Process start = lab.start("exec scripts/lab netns up 3");
      await(Files::exists, Path.of(made.replace("NAME", lab.name())));
      start.destroyForcibly().waitFor();
      lab.run("scripts/lab netns down");
      assertEquals("", lab.remains());
    }
  }

  @Test
  void aStartThatIsInterruptedEndsWhatItHasBegun() throws IOException, InterruptedException {
    try (Lab lab = new Lab()) {
      Process start = lab.start("exec scripts/lab netns up 3");
      await(Files::exists, Path.of("/run/sandjar-lab/" + lab.name() + "/node2/pid"));
      start.destroy();
      assertEquals(130, start.waitFor());
      assertEquals("", lab.remains());
    }
  }

  @Test
  void aDownThatIsKilledHalfWayIsFinishedByTheNext() throws IOException, InterruptedException {
    try (Lab lab = new Lab()) {
      lab.run("scripts/lab netns up 2 && scripts/lab netns pod node1 pod");
      Path socket = Path.of("/run/sandjar-lab/" + lab.name() + "/node1/state/api.sock");
      Process down = lab.start("exec scripts/lab netns down");
      await(Files::notExists, socket);
      down.destroyForcibly().waitFor();
      lab.run("scripts/lab netns down");
      assertEquals("", lab.remains());
    }
  }

  private static void await(Predicate<Path> reached, Path file) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
    while (!reached.test(file)) {
      assertTrue(System.nanoTime() < end, file + " does not change");
      Thread.sleep(1);
    }
  }

  @Test
  void aPodsHostPortIsItsNodesUntilThePodGoes() throws IOException, InterruptedException {
    try (Lab lab = new Lab()) {
      lab.run("scripts/lab netns up 2");
      String call =
          "curl -sS --unix-socket $(scripts/lab netns folder node1)/state/api.sock -H"
              + " Content-Type:application/json http://localhost/apis/sandjar.io/v1/sandboxes";
      String port = ",\"port_mappings\":[{\"host_port\":8080,\"container_port\":80}]}'";
      String made = lab.run(call + " -d '{\"metadata\":{\"name\":\"first\"}" + port);
      String refused = lab.run(call + " -d '{\"metadata\":{\"name\":\"second\"}" + port);
      assertTrue(refused.contains("\"code\":409"), refused);
      assertTrue(
          refused.contains("default/second is taken: pod default/first"), "names both: " + refused);

      String ask = "scripts/lab netns exec node2 socat -u TCP:192.168.101.1:8080 -";
      String seen =
          lab.run(
              """
              scripts/lab netns exec node1/first timeout 300 socat \
                TCP-LISTEN:80,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' &
              for try in $(seq 1000); do
                sleep 0.1
                ASK 2> /dev/null && break
              done
              wait
              """
                  .replace("ASK", ask));
      assertEquals("192.168.101.2", seen.strip());

      String id = made.replaceAll(".*?\"id\":\"([^\"]*)\".*", "$1").strip();
      lab.run(call + "/" + id + " -X DELETE");
      assertTrue(lab.run("! " + ask).contains("refused"));
      assertFalse(lab.run("scripts/lab netns ls").contains("first"));
      assertTrue(
          lab.run(call + " -d '{\"metadata\":{\"name\":\"second\"}" + port).contains("\"ready\""));
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

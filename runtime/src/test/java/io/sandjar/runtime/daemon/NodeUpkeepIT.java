package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.pod.probe.TlsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a kubelet does for its node beside running pods: measuring, evicting, isolating, tidying.
 */
@TestInstance(Lifecycle.PER_CLASS)
class NodeUpkeepIT {
  @TempDir private static Path folder;
  private TestNode node;

  @BeforeAll
  void start() throws Exception {
    node = TestNode.start(folder, "log: {maxSize: 32Ki, maxFiles: 3}");
    // Rotated while other tests run.
    node.apply(
        node.pod(
            "chatty",
            "containers: [{name: c, image: IMAGE, command: [sh, -c, \"while :; do seq 1000; sleep 1;"
                + " done\"]}]"));
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  @Test
  void topTellsWhatPodsAndTheNodeUse() throws Exception {
    node.apply(
        node.pod(
            "busy",
            """
            containers:
            - {name: works, image: IMAGE, command: [sh, -c, "while :; do :; done"]}
            - {name: sleeps, image: IMAGE, command: [sleep, "1000"]}
            """));
    node.await("pod/busy", TestNode.READY, "True");
    // On a busy machine it may have stood still while it was measured.
    node.await(
        () -> node.run("top", "pod", "busy", "--containers", "--no-headers"),
        containers ->
            containers.matches("(?s).*busy +works +[1-9]\\d+m +\\d+Mi.*")
                && containers.matches("(?s).*busy +sleeps +\\dm +\\d+Mi.*"));
    assertTrue(node.run("top", "pods", "-l", "app=busy", "--no-headers").startsWith("busy "));
    String name = node.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    node.await(
        () -> node.run("top", "nodes", "--no-headers"),
        nodes -> nodes.matches(name + " +[1-9]\\d+m +\\d+% +[1-9]\\d+Mi +\\d+% *\n"));
    assertTrue(node.refused("top", "pod", "nobody").contains("NotFound"));
    node.run("delete", "pod", "busy", "--now", "--wait=false");
  }

  @Test
  void aPodThatHoldsMoreThanItsLimitsIsEvicted() throws Exception {
    String write = "dd if=/dev/zero of=%s/big bs=1M count=3; sleep 1000";
    node.apply(
        node.pod(
            "fat-volume",
            """
                volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]
                containers:
                - name: c
                  image: IMAGE
                  command: [sh, -c, "%s"]
                  volumeMounts: [{name: v, mountPath: /v}]
                """
                .formatted(write.formatted("/v"))),
        node.pod(
            "fat-layer",
            """
                containers:
                - name: c
                  image: IMAGE
                  command: [sh, -c, "%s"]
                  resources: {limits: {ephemeral-storage: 1Mi}}
                """
                .formatted(write.formatted("/tmp"))),
        node.pod(
            "fat-pod",
            """
                volumes: [{name: v, emptyDir: {}}]
                containers:
                - name: c
                  image: IMAGE
                  command: [sh, -c, "%s"]
                  volumeMounts: [{name: v, mountPath: /v}]
                  resources: {limits: {ephemeral-storage: 2Mi}}
                """
                .formatted(write.formatted("/v"))),
        node.pod(
            "slim",
            """
                volumes: [{name: v, emptyDir: {sizeLimit: 4Mi}}]
                containers:
                - name: c
                  image: IMAGE
                  command: [sh, -c, "%s"]
                  volumeMounts: [{name: v, mountPath: /v}]
                """
                .formatted(write.formatted("/v"))));
    isEvicted("fat-volume", "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\".");
    isEvicted("fat-layer", "Container c exceeded its local ephemeral storage limit \"1Mi\".");
    isEvicted("fat-pod", "Pod ephemeral local storage usage exceeds the total limit of containers");
    assertEquals("Running", node.jsonpath("pod/slim", "{.status.phase}"));
    String uid = node.jsonpath("pod/fat-volume", "{.metadata.uid}");
    node.await(
        () -> Boolean.toString(Files.exists(node.root().resolve("pods/" + uid + "/volumes"))),
        "false"::equals);
    node.run(
        "delete", "pods", "fat-volume", "fat-layer", "fat-pod", "slim", "--now", "--wait=false");
  }

  private void isEvicted(String name, String why) throws Exception {
    node.await("pod/" + name, "{.status.reason}", "Evicted");
    assertEquals("Failed", node.jsonpath("pod/" + name, "{.status.phase}"));
    assertTrue(node.jsonpath("pod/" + name, "{.status.message}").startsWith(why));
    assertTrue(node.run("describe", "pod", name).contains("Evicted"));
    node.await(() -> node.events(name), events -> events.contains(why.substring(0, 20)));
    node.await("pod/" + name, "{.status.containerStatuses[0].state.terminated.exitCode}", "137");
  }

  @Test
  void podsWithUsersOfTheirOwnHaveRangesThatNobodyElseHas() throws Exception {
    String spec =
        """
        hostUsers: false
        volumes:
        - {name: v, emptyDir: {}}
        - {name: s, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
        containers:
        - name: c
          image: IMAGE
          command: [sh, -c, "cat /s/name; echo; touch /v/mine; cat /proc/self/uid_map; sleep 1000"]
          volumeMounts: [{name: v, mountPath: /v}, {name: s, mountPath: /s}]
        """;
    node.apply(node.pod("users-a", spec), node.pod("users-b", spec));
    node.await("pod/users-a", TestNode.READY, "True");
    node.await("pod/users-b", TestNode.READY, "True");
    long first = firstUser("users-a");
    assertTrue(first >= 65536, () -> "root is " + first);
    assertNotEquals(first, firstUser("users-b"));
    String uid = node.jsonpath("pod/users-a", "{.metadata.uid}");
    Path file = node.root().resolve("pods/" + uid + "/volumes/v/mine");
    assertEquals(0, Files.getAttribute(file, "unix:uid"), "a volume keeps the container's ids");
    assertEquals("0\n", node.run("exec", "users-a", "--", "id", "-u"));
    node.run("delete", "pods", "users-a", "users-b", "--now", "--wait=false");
  }

  private long firstUser(String pod) throws Exception {
    node.await(() -> node.run("logs", pod), log -> log.matches(pod + "\n\\s*0 .*65536\n"));
    return Long.parseLong(node.run("logs", pod).split("\n")[1].strip().split(" +")[1]);
  }

  @Test
  void hooksAskOverHttpsToo() throws Exception {
    try (var server = new TlsServer(folder)) {
      node.apply(
          node.pod(
              "hooks",
              """
              containers:
              - name: c
                image: IMAGE
                command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
                lifecycle:
                  postStart: {httpGet: {host: 127.0.0.1, port: %1$d, path: /up, scheme: HTTPS}}
                  preStop: {httpGet: {host: 127.0.0.1, port: %1$d, path: /down, scheme: HTTPS}}
              """
                  .formatted(server.port())));
      node.await("pod/hooks", TestNode.READY, "True");
      node.await(() -> server.asked().toString(), "[/up]"::equals);
      node.run("delete", "pod", "hooks", "--grace-period=120");
      assertEquals("[/up, /down]", server.asked().toString());
    }
  }

  @Test
  void ofDeadContainersTheLastOneIsKept() throws Exception {
    node.apply(
        node.pod(
            "dead",
            "containers: [{name: c, image: IMAGE, command: [sh, -c, \"echo in $HOSTNAME; sleep"
                + " 1000\"]}]"));
    node.await("pod/dead", TestNode.READY, "True");
    for (int i = 1; i <= 3; i++) {
      node.run("set", "image", "pod/dead", "c=" + node.registry().host() + "/other" + i + ":1");
      node.await("pod/dead", "{.status.containerStatuses[0].restartCount}", Integer.toString(i));
      node.await("pod/dead", TestNode.READY, "True");
    }
    assertEquals("in dead\n", node.run("logs", "dead", "--previous"));
    Path logs = logs("dead");
    node.await(() -> names(logs), "2.log 3.log"::equals);
    node.run("delete", "pod", "dead", "--now", "--wait=false");
  }

  private Path logs(String pod) throws IOException {
    try (var all = Files.newDirectoryStream(node.root().resolve("logs"), "default_" + pod + "_*")) {
      return all.iterator().next().resolve("c");
    }
  }

  @Test
  void theNodeKeepsLogsWithinBounds() throws Exception {
    node.await("pod/chatty", TestNode.READY, "True");
    Path logs = logs("chatty");
    for (int i = 1; i <= 3; i++) {
      Files.writeString(logs.resolve("0.log.2026010" + i + "-000000"), "old");
    }
    // The one that is written to, its predecessor, an older one compressed, and no more.
    node.await(
        () -> names(logs),
        names ->
            names.matches("0\\.log 0\\.log\\.[\\d-]+\\.gz 0\\.log\\.[\\d-]+")
                && !names.contains("20260102"));
    node.await(() -> node.run("logs", "chatty", "--tail=1"), log -> !log.isEmpty());
    node.run("delete", "pod", "chatty", "--now", "--wait=false");
  }

  private static String names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return String.join(" ", files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aSubPathThatSomebodySwapsLeadsNowhereElse() throws Exception {
    Path secret = Files.createDirectory(folder.resolve("secret"));
    Files.writeString(secret.resolve("word"), "secret");
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Files.writeString(Files.createDirectory(volume.resolve("real")).resolve("word"), "harmless\n");
    Files.createSymbolicLink(volume.resolve("swapped"), Path.of("real"));
    var swapping = new AtomicBoolean(true);
    var swapper = new Thread(() -> swap(volume, secret, swapping));
    swapper.start();
    try {
      var containers = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        containers.append(
            """
            - name: c%d
              image: IMAGE
              command: [sh, -c, "cat /data/word; sleep 1000"]
              volumeMounts: [{name: v, mountPath: /data, subPath: swapped}]
            """
                .formatted(i));
      }
      node.apply(
          node.pod(
              "swap",
              "volumes: [{name: v, hostPath: {path: %s}}]\ncontainers:\n%s"
                  .formatted(volume, containers)));
      // Each was tried at least once, and some met the link that leads out.
      node.await(
          () -> node.jsonpath("pod/swap", "{.status.containerStatuses[*].state}"),
          states -> count("startedAt|CreateContainerError", states) == 20);
    } finally {
      swapping.set(false);
      swapper.join();
    }
    // Those that did not start are tried again after a back-off.
    node.await(
        () -> node.jsonpath("pod/swap", "{.status.containerStatuses[*].state}"),
        states -> count("startedAt", states) == 20);
    for (int i = 0; i < 20; i++) {
      String container = "c" + i;
      node.await(() -> node.run("logs", "swap", "-c", container), log -> log.endsWith("\n"));
      assertEquals("harmless\n", node.run("logs", "swap", "-c", container));
    }
    node.run("delete", "pod", "swap", "--now");
    assertFalse(Files.exists(secret.resolve("swapped")));
  }

  private static long count(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  /** In turn a link that stays in the volume and one that leads out, each put there at once. */
  private static void swap(Path volume, Path secret, AtomicBoolean go) {
    try {
      for (int i = 0; go.get() || i % 2 == 1; i++) {
        Path link =
            Files.createSymbolicLink(volume.resolve("next"), i % 2 == 0 ? secret : Path.of("real"));
        Files.move(link, volume.resolve("swapped"), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

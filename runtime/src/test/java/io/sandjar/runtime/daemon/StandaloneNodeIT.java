package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Pods on one machine without a cluster: a real daemon, driven by stock kubectl. */
@TestInstance(Lifecycle.PER_CLASS)
class StandaloneNodeIT {
  @TempDir private static Path folder;
  private TestNode node;
  private Path manifests;

  @BeforeAll
  void start() throws Exception {
    manifests = Files.createDirectory(folder.resolve("manifests"));
    leaveANamespaceHalfDeleted();
    node = TestNode.start(folder, "manifests: " + manifests);
  }

  /** As a daemon does that is killed once it has marked it. */
  private static void leaveANamespaceHalfDeleted() throws Exception {
    Path objects = folder.resolve("root/objects");
    Files.createDirectories(objects.getParent());
    try (var store = new ObjectStore(objects, InstantSource.system())) {
      Map<String, Object> metadata =
          Map.of("name", "half", "deletionTimestamp", "2026-01-01T00:00:00Z");
      store.create(
          Trees.copy(Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", metadata)),
          ObjectStore.Durability.POWER_CUT);
    }
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  @Test
  @Tag("machine")
  void aPodRunsAndIsReachedByLogsAndExec() throws Exception {
    node.apply(
        node.pod(
            "echo",
            """
            containers:
            - name: web
              image: IMAGE
              command: [sh, -c, "echo hello from $POD_IP; while :; do sleep 1; done"]
              env:
              - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            """));
    node.await("pod/echo", "{.status.phase}", "Running");
    String ip = node.jsonpath("pod/echo", "{.status.podIP}");
    node.await(() -> node.run("logs", "echo"), log -> log.equals("hello from " + ip + "\n"));
    assertTrue(node.run("exec", "echo", "--", "hostname").startsWith("echo"));
    String failed = node.kubectl().run(3, "exec", "echo", "--", "sh", "-c", "exit 3");
    assertTrue(failed.contains("exit code 3"), failed);
    assertTrue(node.run("describe", "pod", "echo").contains("Started container web"));
    node.run("delete", "pod", "echo", "--now");
    assertEquals("", node.run("get", "pods", "-o", "name", "-l", "app=echo"));
  }

  @Test
  @Tag("machine")
  void initContainersPrepareInOrderAndASidecarGoesOnBesideThePod() throws Exception {
    node.apply(
        node.pod(
            "inits",
            """
            volumes: [{name: data, emptyDir: {}}]
            initContainers:
            - name: first
              image: IMAGE
              command: [sh, -c, "echo first > /data/order"]
              volumeMounts: [{name: data, mountPath: /data}]
            - name: side
              image: IMAGE
              restartPolicy: Always
              command: [sh, -c, "echo side >> /data/order; while :; do sleep 1; done"]
              volumeMounts: [{name: data, mountPath: /data}]
            - name: second
              image: IMAGE
              command: [sh, -c, "echo second >> /data/order"]
              volumeMounts: [{name: data, mountPath: /data}]
            containers:
            - name: main
              image: IMAGE
              command: [sh, -c, "cat /data/order; while :; do sleep 1; done"]
              volumeMounts: [{name: data, mountPath: /data}]
            """));
    node.await("pod/inits", "{.status.phase}", "Running");
    node.await(
        () -> node.run("logs", "inits", "-c", "main"),
        log -> log.equals("first\nside\nsecond\n") || log.equals("first\nsecond\nside\n"));
    node.await(() -> node.run("get", "pod", "inits"), table -> table.contains("2/2"));
    node.run("delete", "pod", "inits", "--now", "--wait=false");
  }

  @Test
  @Tag("machine")
  void aCrashingContainerBacksOffAndKeepsItsLastWords() throws Exception {
    node.apply(
        node.pod(
            "crash",
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "echo out; echo last words > /dev/termination-log; exit 3"]
            """));
    // In one look, for the next attempt is not far.
    node.await(
        "pod/crash",
        "{range .status.containerStatuses[0]}{.state.waiting.reason} {.restartCount}"
            + " {.lastState.terminated.exitCode} {.lastState.terminated.message}{end}",
        "CrashLoopBackOff 1 3 last words\n");
    assertEquals("out\n", node.run("logs", "crash", "--previous"));
    node.run("delete", "pod", "crash", "--now", "--wait=false");
  }

  @Test
  void aJobRunsToItsEnd() throws Exception {
    node.apply(
        node.pod(
            "job",
            """
            restartPolicy: Never
            containers:
            - {name: c, image: IMAGE, command: [sh, -c, "echo done"]}
            """));
    node.await("pod/job", "{.status.phase}", "Succeeded");
    assertEquals("done\n", node.run("logs", "job"));
    assertTrue(node.run("get", "pod", "job").contains("Completed"));
    node.run("delete", "pod", "job");
  }

  @Test
  void readinessDecidesReadyAndLivenessRestarts() throws Exception {
    node.apply(
        node.pod(
            "probes",
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "while :; do sleep 1; done"]
              readinessProbe:
                exec: {command: [cat, /ready]}
                periodSeconds: 1
              livenessProbe:
                exec: {command: [sh, -c, "! test -e /sick"]}
                periodSeconds: 1
                timeoutSeconds: 60
                failureThreshold: 2
            """));
    node.await("pod/probes", "{.status.phase}", "Running");
    assertEquals("False", node.jsonpath("pod/probes", TestNode.READY));
    node.run("exec", "probes", "--", "touch", "/ready");
    node.await("pod/probes", TestNode.READY, "True");
    node.run("exec", "probes", "--", "touch", "/sick");
    node.await("pod/probes", "{.status.containerStatuses[0].restartCount}", "1");
    node.await(
        () -> node.events("probes"),
        events ->
            events.contains("Liveness probe failed")
                && events.contains("failed liveness probe, will be restarted"));
    assertFalse(node.events("probes").contains("probe failed: Liveness probe failed"));
    node.run("delete", "pod", "probes", "--now", "--wait=false");
  }

  @Test
  void aNewImageRestartsOnlyThatContainer() throws Exception {
    node.apply(
        node.pod(
            "image",
            """
            containers:
            - {name: a, image: IMAGE, command: [sh, -c, "while :; do sleep 1; done"]}
            - {name: b, image: IMAGE, command: [sh, -c, "while :; do sleep 1; done"]}
            """));
    node.await("pod/image", TestNode.READY, "True");
    String digest =
        node.jsonpath("pod/image", "{.status.containerStatuses[0].imageID}")
            .replaceFirst(".*@", "");
    node.run("set", "image", "pod/image", "a=" + node.registry().host() + "/busybox@" + digest);
    node.await("pod/image", "{.status.containerStatuses[?(@.name==\"a\")].restartCount}", "1");
    assertEquals(
        "0",
        node.jsonpath("pod/image", "{.status.containerStatuses[?(@.name==\"b\")].restartCount}"));
    node.run("delete", "pod", "image", "--now", "--wait=false");
  }

  @Test
  void aPodWaitsForTheNodesLabelAndForItsSettings() throws Exception {
    node.apply(
        node.pod(
            "waits",
            """
            nodeSelector: {gpu: "true"}
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "cat /s/color; echo $SECRET; until [ -e /end ]; do sleep 1; done"]
              env: [{name: SECRET, valueFrom: {secretKeyRef: {name: waits, key: word}}}]
              volumeMounts: [{name: s, mountPath: /s}]
            volumes: [{name: s, configMap: {name: waits}}]
            """));
    node.await(
        () -> node.events("waits"),
        events -> events.contains("didn't match Pod's node affinity/selector"));
    String name = node.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    node.run("label", "node", name, "gpu=true");
    node.await(
        () -> node.events("waits"), events -> events.contains("configmap \"waits\" not found"));
    node.run("create", "configmap", "waits", "--from-literal=color=blue");
    node.await(
        "pod/waits",
        "{.status.containerStatuses[0].state.waiting.reason}",
        "CreateContainerConfigError");
    node.run("create", "secret", "generic", "waits", "--from-literal=word=psst");
    node.await("pod/waits", "{.status.phase}", "Running");
    node.await(() -> node.run("logs", "waits"), log -> log.equals("bluepsst\n"));
    // What has been there holds for a pod that runs, even when its container is started again.
    node.run("delete", "configmap", "waits");
    node.run("exec", "waits", "--", "touch", "/end");
    node.await("pod/waits", "{.status.containerStatuses[0].restartCount}", "1");
    node.await(() -> node.run("logs", "waits"), log -> log.equals("bluepsst\n"));
    node.run("delete", "pod", "waits", "--now", "--wait=false");
    node.run("label", "node", name, "gpu-");
  }

  @Test
  void anImageThatIsNotThereIsTriedAgainWithABackOff() throws Exception {
    node.apply(node.pod("noimage", "containers: [{name: c, image: \"127.0.0.1:1/none:1\"}]"));
    node.await(
        "pod/noimage", "{.status.containerStatuses[0].state.waiting.reason}", "ImagePullBackOff");
    assertEquals("Pending", node.jsonpath("pod/noimage", "{.status.phase}"));
    node.run("delete", "pod", "noimage", "--now", "--wait=false");
  }

  @Test
  @Tag("machine")
  void aKilledDaemonFindsItsPodsAgainAndCountsOn() throws Exception {
    node.apply(
        node.pod(
            "survivor",
            """
            containers:
            - name: runs
              image: IMAGE
              command: [sh, -c, "while :; do sleep 1; done"]
              readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}
            - {name: crashes, image: IMAGE, command: [sh, -c, "exit 1"]}
            """));
    node.await(
        "pod/survivor",
        "{.status.containerStatuses[?(@.name==\"crashes\")].state.waiting.reason}",
        "CrashLoopBackOff");
    String id =
        node.jsonpath(
            "pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].containerID}");
    String restarts =
        node.jsonpath(
            "pod/survivor", "{.status.containerStatuses[?(@.name==\"crashes\")].restartCount}");
    node.crash();
    assertEquals(
        id,
        node.jsonpath(
            "pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].containerID}"));
    assertEquals(
        "0",
        node.jsonpath(
            "pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].restartCount}"));
    assertTrue(
        Integer.parseInt(
                node.jsonpath(
                    "pod/survivor",
                    "{.status.containerStatuses[?(@.name==\"crashes\")].restartCount}"))
            >= Integer.parseInt(restarts));
    node.run("delete", "pod", "survivor", "--now", "--wait=false");
  }

  @Test
  void aNamespaceThatAnEarlierDaemonBeganToDeleteIsGone() throws Exception {
    assertTrue(node.refused("get", "namespace", "half").contains("NotFound"));
  }

  @Test
  void aPodThatEndsMakesRoom() throws Exception {
    String all = node.run("get", "nodes", "-o", "jsonpath={.items[0].status.capacity.cpu}");
    String spec =
        "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"], resources: {requests:"
            + " {cpu: "
            + all
            + "}}}]";
    node.apply(node.pod("big", spec));
    node.await("pod/big", "{.status.phase}", "Running");
    node.apply(node.pod("next", spec));
    node.await(() -> node.events("next"), events -> events.contains("Insufficient cpu"));
    node.run("delete", "pod", "big", "--now");
    node.await("pod/next", "{.status.phase}", "Running");
    node.run("delete", "pod", "next", "--now", "--wait=false");
  }

  @Test
  void aFinalizerKeepsAPodsObjectAndNotItsContainers() throws Exception {
    node.apply(
        node.pod("kept", "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
    node.await("pod/kept", "{.status.phase}", "Running");
    String finalizers = "{\"metadata\":{\"finalizers\":%s}}";
    String one = finalizers.formatted("[\"example.com/keep\"]");
    node.run("patch", "pod", "kept", "--type=merge", "-p", one);
    node.run("delete", "pod", "kept", "--wait=false");
    node.await(
        () ->
            node.jsonpath("pod/kept", "{.status.containerStatuses[0].state.terminated.finishedAt}"),
        ended -> !ended.isEmpty());
    node.run("patch", "pod", "kept", "--type=merge", "-p", finalizers.formatted("null"));
    // The node may be about to remove it itself.
    node.run("delete", "pod", "kept", "--grace-period=0", "--force", "--ignore-not-found");
    node.await(() -> node.run("get", "pods", "-o", "name", "-l", "app=kept"), String::isEmpty);
  }

  @Test
  void aDeletedNamespaceTakesItsPodsAlong() throws Exception {
    node.run("create", "namespace", "short");
    Path manifest =
        Files.writeString(
            folder.resolve("short.yaml"),
            node.pod("p", "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
    node.run("apply", "-n", "short", "-f", manifest.toString());
    node.await(
        () -> node.run("get", "pod", "p", "-n", "short", "-o", "jsonpath={.status.phase}"),
        "Running"::equals);
    node.run("delete", "namespace", "short");
    assertTrue(node.refused("get", "namespace", "short").contains("NotFound"));
  }

  @Test
  @Tag("machine")
  void aFileInTheFolderIsAPodForAsLongAsItIsThere() throws Exception {
    String name =
        "pod/static-" + node.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    Path file = manifests.resolve("static.yaml");
    Files.writeString(
        file,
        node.pod("static", "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
    node.await(name, "{.status.phase}", "Running");
    String uid = node.jsonpath(name, "{.metadata.uid}");
    Files.writeString(file, "half a file: [");
    Thread.sleep(2500);
    assertEquals(uid, node.jsonpath(name, "{.metadata.uid}"));
    Files.writeString(
        file,
        node.pod("static", "containers: [{name: c, image: IMAGE, command: [sleep, \"2000\"]}]"));
    node.await(name, "{.spec.containers[0].command[1]}", "2000");
    node.await(name, "{.status.phase}", "Running");
    Files.delete(file);
    node.await(() -> node.run("get", "pods", "-o", "name", "-l", "app=static"), String::isEmpty);
  }
}

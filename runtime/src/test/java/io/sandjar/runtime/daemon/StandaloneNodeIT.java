package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.Kubectl;
import io.sandjar.runtime.container.BusyboxRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Pods on one machine without a cluster: a real daemon, driven by stock kubectl. */
@TestInstance(Lifecycle.PER_CLASS)
class StandaloneNodeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private BusyboxRegistry registry;
  private DaemonProcess daemon;
  private Path manifests;

  @BeforeAll
  void start() throws Exception {
    registry = BusyboxRegistry.start();
    manifests = Files.createDirectory(folder.resolve("manifests"));
    daemon = DaemonProcess.start(folder, "manifests: " + manifests);
    awaitKubeconfig();
  }

  @AfterAll
  void stop() throws Exception {
    try {
      kubectl().run("delete", "pods", "--all", "--now");
    } finally {
      daemon.close();
      registry.close();
    }
  }

  @Test
  void aPodRunsAndIsReachedByLogsAndExec() throws Exception {
    apply(
        pod(
            "echo",
            """
            containers:
            - name: web
              image: IMAGE
              command: [sh, -c, "echo hello from $POD_IP; while :; do sleep 1; done"]
              env:
              - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            """));
    await("pod/echo", "{.status.phase}", "Running");
    String ip = jsonpath("pod/echo", "{.status.podIP}");
    await(() -> kubectl().run("logs", "echo"), log -> log.equals("hello from " + ip + "\n"));
    assertTrue(kubectl().run("exec", "echo", "--", "hostname").startsWith("echo"));
    String failed = kubectl().run(3, "exec", "echo", "--", "sh", "-c", "exit 3");
    assertTrue(failed.contains("exit code 3"), failed);
    assertTrue(kubectl().run("describe", "pod", "echo").contains("Started container web"));
    kubectl().run("delete", "pod", "echo", "--now");
    assertEquals("", kubectl().run("get", "pods", "-o", "name", "-l", "app=echo"));
  }

  @Test
  void initContainersPrepareInOrderAndASidecarGoesOnBesideThePod() throws Exception {
    apply(
        pod(
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
    await("pod/inits", "{.status.phase}", "Running");
    await(
        () -> kubectl().run("logs", "inits", "-c", "main"),
        log -> log.equals("first\nside\nsecond\n") || log.equals("first\nsecond\nside\n"));
    await(() -> kubectl().run("get", "pod", "inits"), table -> table.contains("2/2"));
    kubectl().run("delete", "pod", "inits", "--now");
  }

  @Test
  void aCrashingContainerBacksOffAndKeepsItsLastWords() throws Exception {
    apply(
        pod(
            "crash",
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "echo out; echo last words > /dev/termination-log; exit 3"]
            """));
    await("pod/crash", "{.status.containerStatuses[0].state.waiting.reason}", "CrashLoopBackOff");
    assertEquals(
        "3", jsonpath("pod/crash", "{.status.containerStatuses[0].lastState.terminated.exitCode}"));
    assertEquals(
        "last words\n",
        jsonpath("pod/crash", "{.status.containerStatuses[0].lastState.terminated.message}"));
    assertEquals("1", jsonpath("pod/crash", "{.status.containerStatuses[0].restartCount}"));
    assertEquals("out\n", kubectl().run("logs", "crash", "--previous"));
    kubectl().run("delete", "pod", "crash", "--now");
  }

  @Test
  void aJobRunsToItsEnd() throws Exception {
    apply(
        pod(
            "job",
            """
            restartPolicy: Never
            containers:
            - {name: c, image: IMAGE, command: [sh, -c, "echo done"]}
            """));
    await("pod/job", "{.status.phase}", "Succeeded");
    assertEquals("done\n", kubectl().run("logs", "job"));
    assertTrue(kubectl().run("get", "pod", "job").contains("Completed"));
    kubectl().run("delete", "pod", "job");
  }

  @Test
  void readinessDecidesReadyAndLivenessRestarts() throws Exception {
    apply(
        pod(
            "probes",
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "touch /alive; while :; do sleep 1; done"]
              readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 1}
              livenessProbe: {exec: {command: [cat, /alive]}, periodSeconds: 1, failureThreshold: 2}
            """));
    await("pod/probes", "{.status.phase}", "Running");
    assertEquals("False", jsonpath("pod/probes", READY));
    kubectl().run("exec", "probes", "--", "touch", "/ready");
    await("pod/probes", READY, "True");
    kubectl().run("exec", "probes", "--", "rm", "/alive");
    await("pod/probes", "{.status.containerStatuses[0].restartCount}", "1");
    await(
        () -> kubectl().run("get", "events", "--field-selector", "involvedObject.name=probes"),
        events ->
            events.contains("Liveness probe failed")
                && events.contains("failed liveness probe, will be restarted"));
    kubectl().run("delete", "pod", "probes", "--now");
  }

  private static final String READY = "{.status.conditions[?(@.type==\"Ready\")].status}";

  @Test
  void aNewImageRestartsOnlyThatContainer() throws Exception {
    apply(
        pod(
            "image",
            """
            containers:
            - {name: a, image: IMAGE, command: [sh, -c, "while :; do sleep 1; done"]}
            - {name: b, image: IMAGE, command: [sh, -c, "while :; do sleep 1; done"]}
            """));
    await("pod/image", READY, "True");
    String digest =
        jsonpath("pod/image", "{.status.containerStatuses[0].imageID}").replaceFirst(".*@", "");
    kubectl().run("set", "image", "pod/image", "a=" + registry.host() + "/busybox@" + digest);
    await("pod/image", "{.status.containerStatuses[?(@.name==\"a\")].restartCount}", "1");
    assertEquals(
        "0", jsonpath("pod/image", "{.status.containerStatuses[?(@.name==\"b\")].restartCount}"));
    kubectl().run("delete", "pod", "image", "--now");
  }

  @Test
  void aPodWaitsForTheNodesLabelAndForItsSettings() throws Exception {
    apply(
        pod(
            "waits",
            """
            nodeSelector: {gpu: "true"}
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "cat /s/color; echo $SECRET; while :; do sleep 1; done"]
              env: [{name: SECRET, valueFrom: {secretKeyRef: {name: waits, key: word}}}]
              volumeMounts: [{name: s, mountPath: /s}]
            volumes: [{name: s, configMap: {name: waits}}]
            """));
    await(
        () -> kubectl().run("get", "events", "--field-selector", "involvedObject.name=waits"),
        events -> events.contains("didn't match Pod's node affinity/selector"));
    String node = kubectl().run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    kubectl().run("label", "node", node, "gpu=true");
    await(
        () -> kubectl().run("get", "events", "--field-selector", "involvedObject.name=waits"),
        events -> events.contains("configmap \"waits\" not found"));
    kubectl().run("create", "configmap", "waits", "--from-literal=color=blue");
    await(
        "pod/waits",
        "{.status.containerStatuses[0].state.waiting.reason}",
        "CreateContainerConfigError");
    kubectl().run("create", "secret", "generic", "waits", "--from-literal=word=psst");
    await("pod/waits", "{.status.phase}", "Running");
    await(() -> kubectl().run("logs", "waits"), log -> log.equals("bluepsst\n"));
    kubectl().run("delete", "pod", "waits", "--now");
    kubectl().run("label", "node", node, "gpu-");
  }

  @Test
  void anImageThatIsNotThereIsTriedAgainWithABackOff() throws Exception {
    apply(pod("noimage", "containers: [{name: c, image: \"127.0.0.1:1/none:1\"}]"));
    await("pod/noimage", "{.status.containerStatuses[0].state.waiting.reason}", "ImagePullBackOff");
    assertEquals("Pending", jsonpath("pod/noimage", "{.status.phase}"));
    kubectl().run("delete", "pod", "noimage", "--now");
  }

  @Test
  void aKilledDaemonFindsItsPodsAgainAndCountsOn() throws Exception {
    apply(
        pod(
            "survivor",
            """
            containers:
            - name: runs
              image: IMAGE
              command: [sh, -c, "while :; do sleep 1; done"]
              readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}
            - {name: crashes, image: IMAGE, command: [sh, -c, "exit 1"]}
            """));
    await(
        "pod/survivor",
        "{.status.containerStatuses[?(@.name==\"crashes\")].state.waiting.reason}",
        "CrashLoopBackOff");
    String id =
        jsonpath("pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].containerID}");
    String restarts =
        jsonpath(
            "pod/survivor", "{.status.containerStatuses[?(@.name==\"crashes\")].restartCount}");
    daemon.kill();
    daemon = DaemonProcess.start(folder);
    awaitKubeconfig();
    assertEquals(
        id,
        jsonpath("pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].containerID}"));
    assertEquals(
        "0",
        jsonpath("pod/survivor", "{.status.containerStatuses[?(@.name==\"runs\")].restartCount}"));
    assertTrue(
        Integer.parseInt(
                jsonpath(
                    "pod/survivor",
                    "{.status.containerStatuses[?(@.name==\"crashes\")].restartCount}"))
            >= Integer.parseInt(restarts));
    kubectl().run("delete", "pod", "survivor", "--now");
  }

  @Test
  void aDeletedNamespaceTakesItsPodsAlong() throws Exception {
    kubectl().run("create", "namespace", "short");
    Path manifest =
        Files.writeString(
            folder.resolve("short.yaml"),
            pod("p", "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
    kubectl().run("apply", "-n", "short", "-f", manifest.toString());
    await(
        () -> kubectl().run("get", "pod", "p", "-n", "short", "-o", "jsonpath={.status.phase}"),
        "Running"::equals);
    kubectl().run("delete", "namespace", "short");
    assertTrue(kubectl().refused("get", "namespace", "short").contains("NotFound"));
  }

  @Test
  void aFileInTheFolderIsAPodForAsLongAsItIsThere() throws Exception {
    String node = kubectl().run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    String name = "pod/static-" + node;
    Path file = manifests.resolve("static.yaml");
    Files.writeString(
        file, pod("static", "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"]}]"));
    await(name, "{.status.phase}", "Running");
    String uid = jsonpath(name, "{.metadata.uid}");
    Files.writeString(file, "half a file: [");
    Thread.sleep(2500);
    assertEquals(uid, jsonpath(name, "{.metadata.uid}"));
    Files.writeString(
        file, pod("static", "containers: [{name: c, image: IMAGE, command: [sleep, \"2000\"]}]"));
    await(name, "{.spec.containers[0].command[1]}", "2000");
    await(name, "{.status.phase}", "Running");
    Files.delete(file);
    await(() -> kubectl().run("get", "pods", "-o", "name", "-l", "app=static"), String::isEmpty);
  }

  /** Something that is asked again and again. */
  private interface Question {
    String ask() throws Exception;
  }

  private void await(String object, String path, String value) throws Exception {
    await(() -> jsonpath(object, path), value::equals);
  }

  private void await(Question question, Predicate<String> right) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    String answer = "";
    while (Instant.now().isBefore(end)) {
      try {
        answer = question.ask();
      } catch (AssertionError notYet) {
        answer = notYet.getMessage();
      }
      if (right.test(answer)) {
        return;
      }
      Thread.sleep(200);
    }
    throw new AssertionError(
        "not within " + PATIENCE + "; the last answer was: " + answer + "\n" + daemonLog());
  }

  private static String daemonLog() throws IOException {
    var text = new StringBuilder();
    try (var logs = Files.newDirectoryStream(folder, "daemon*.log")) {
      for (Path log : logs) {
        text.append(Files.readString(log, StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }

  private String jsonpath(String object, String path) throws Exception {
    return kubectl().run("get", object, "-o", "jsonpath=" + path);
  }

  private void apply(String manifest) throws Exception {
    Path file = Files.writeString(folder.resolve("manifest.yaml"), manifest);
    kubectl().run("apply", "-f", file.toString());
  }

  private String pod(String name, String spec) {
    String text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: "
            + name
            + ", labels: {app: "
            + name
            + "}}\n"
            + "spec:\n  terminationGracePeriodSeconds: 1\n";
    return text + spec.replace("IMAGE", registry.image()).indent(2);
  }

  private Kubectl kubectl() {
    return new Kubectl(
        Kubectl.all().get(0), folder, "--kubeconfig", folder.resolve("root/kubeconfig").toString());
  }

  private void awaitKubeconfig() throws Exception {
    await(
        () -> {
          try {
            return kubectl().run("get", "--raw", "/healthz");
          } catch (IOException e) {
            return "";
          }
        },
        "ok"::equals);
  }
}

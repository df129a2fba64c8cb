package io.sandjar.runtime.daemon;

import static io.sandjar.runtime.daemon.TestNode.assertHas;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandboxFilter;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * How pods begin, fail and end. Nothing here waits for a grace period: where somebody need not wait
 * for one, it is a thousand seconds.
 */
@TestInstance(Lifecycle.PER_CLASS)
class PodLifecycleIT {
  /** A command that runs until it is told to end. */
  private static final String OBEYS = "[sh, -c, \"trap 'exit 0' TERM; sleep 10000 & wait\"]";

  /** One that has to be killed. */
  private static final String DEAF = "[sleep, \"10000\"]";

  @TempDir private static Path folder;
  private Path shared;
  private TestNode node;

  @BeforeAll
  void start() throws Exception {
    shared = Files.createDirectory(folder.resolve("shared"));
    node = TestNode.start(folder, "");
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  /** The manifest of a pod whose volume v is a folder that the test sees. */
  private String pod(String name, long grace, String spec) {
    return node.pod(name, spec + "volumes: [{name: v, hostPath: {path: " + shared + "}}]\n")
        .replace("PeriodSeconds: 1\n", "PeriodSeconds: " + grace + "\n")
        .replace("OBEYS", OBEYS)
        .replace("DEAF", DEAF);
  }

  private void awaitFile(String name) throws Exception {
    node.await(() -> Boolean.toString(Files.exists(shared.resolve(name))), "true"::equals);
  }

  private String lines(String name) throws IOException {
    return Files.readString(shared.resolve(name));
  }

  @Test
  void sidecarsStopAfterTheContainersFromTheLastToTheFirst() throws Exception {
    String container =
        """
        - name: NAME
          image: IMAGE
          restartPolicy: Always
          command: [sh, -c, "trap 'WAIT echo NAME >> /v/order; exit 0' TERM; touch /v/NAME; sleep 10000 & wait"]
          volumeMounts: [{name: v, mountPath: /v}]
          lifecycle: {preStop: {exec: {command: [touch, /v/NAME-told]}}}
        """;
    String sidecar = container.replace("WAIT", "");
    // The hooks do not wait for their containers' turns.
    String main =
        container
            .replace("WAIT", "until [ -e /v/first-told -a -e /v/second-told ]; do sleep 1; done;")
            .replace("  restartPolicy: Always\n", "");
    node.apply(
        pod(
            "ordered",
            1000,
            "initContainers:\n"
                + sidecar.replace("NAME", "first")
                + sidecar.replace("NAME", "second")
                + "containers:\n"
                + main.replace("NAME", "main")));
    for (String name : List.of("first", "second", "main")) {
      awaitFile(name);
    }
    node.run("delete", "pod", "ordered");
    assertEquals("main\nsecond\nfirst\n", lines("order"));
  }

  @Test
  void aSidecarDoesNotKeepAPodAliveThatIsDone() throws Exception {
    String spec =
        """
        restartPolicy: POLICY
        initContainers:
        - name: side
          image: IMAGE
          restartPolicy: Always
          command: [sh, -c, "trap 'exit 0' TERM; touch /v/NAME; sleep 10000 & wait"]
          volumeMounts: [{name: v, mountPath: /v}]
        containers:
        - name: main
          image: IMAGE
          command: [sh, -c, "until [ -e /v/NAME ]; do sleep 1; done; END"]
          volumeMounts: [{name: v, mountPath: /v}]
        """;
    String secondTime = "[ -e /v/again ] && exit 0; touch /v/again; exit 1";
    node.apply(
        done("done", spec, "Never", "exit 0"),
        done("undone", spec, "Never", "exit 3"),
        done("later", spec, "OnFailure", secondTime));
    node.await("pod/done", "{.status.phase}", "Succeeded");
    node.await("pod/undone", "{.status.phase}", "Failed");
    node.await("pod/later", "{.status.phase}", "Succeeded");
    for (String name : List.of("done", "undone", "later")) {
      String side = "{.status.initContainerStatuses[0].";
      node.await("pod/" + name, side + "state.terminated.exitCode}", "0");
      assertEquals("0", node.jsonpath("pod/" + name, side + "restartCount}"), name);
    }
    assertEquals("1", node.jsonpath("pod/later", "{.status.containerStatuses[0].restartCount}"));
    node.run("delete", "pods", "done", "undone", "later", "--now", "--wait=false");
  }

  private String done(String name, String spec, String policy, String end) {
    return pod(
        name, 1000, spec.replace("POLICY", policy).replace("NAME", name).replace("END", end));
  }

  @Test
  void aPodThatLosesItsSandboxBeginsAnewUnlessItMayRunOnlyOnce() throws Exception {
    node.apply(
        pod(
            "lost",
            1,
            """
            initContainers:
            - name: init
              image: IMAGE
              command: [sh, -c, "echo prepared >> /v/lost"]
              volumeMounts: [{name: v, mountPath: /v}]
            containers: [{name: c, image: IMAGE, command: OBEYS}]
            """),
        pod(
            "lost-once",
            1,
            """
            restartPolicy: Never
            initContainers:
            - name: one
              image: IMAGE
              command: [sh, -c, "echo prepared >> /v/lost-once"]
              volumeMounts: [{name: v, mountPath: /v}]
            - {name: two, image: IMAGE, command: OBEYS}
            containers: [{name: c, image: IMAGE, command: ["true"]}]
            """));
    node.await("pod/lost", TestNode.READY, "True");
    node.await(
        () ->
            node.jsonpath(
                "pod/lost-once", "{.status.initContainerStatuses[1].state.running.startedAt}"),
        started -> !started.isEmpty());
    killPause("lost");
    killPause("lost-once");
    node.await("pod/lost", "{.status.containerStatuses[0].restartCount}", "1");
    node.await("pod/lost", TestNode.READY, "True");
    assertEquals("prepared\nprepared\n", lines("lost"));
    assertHas(node.events("lost"), "Pod sandbox changed");
    node.await("pod/lost-once", "{.status.phase}", "Failed");
    assertEquals("SandboxLost", node.jsonpath("pod/lost-once", "{.status.reason}"));
    assertEquals("prepared\n", lines("lost-once"));
    node.await(() -> node.events("lost-once"), events -> events.contains("SandboxLost"));
    node.run("delete", "pods", "lost", "lost-once", "--now", "--wait=false");
  }

  private void killPause(String pod) {
    try (CriClient cri = node.daemon().client()) {
      String sandbox =
          cri.runtime()
              .listPodSandbox(
                  ListPodSandboxRequest.newBuilder()
                      .setFilter(
                          PodSandboxFilter.newBuilder()
                              .putLabelSelector("io.kubernetes.pod.name", pod))
                      .build())
              .getItems(0)
              .getId();
      assertTrue(ProcessHandle.of(cri.pidOfPod(sandbox)).orElseThrow().destroyForcibly());
    }
  }

  @Test
  void aDeletionHurriesWhateverIsBeingEnded() throws Exception {
    String deaf = "{name: c, image: IMAGE, command: DEAF";
    String hook =
        ", volumeMounts: [{name: v, mountPath: /v}], lifecycle: {preStop: {exec: {command:"
            + " [sh, -c, \"touch /v/NAME; sleep 10000\"]}}}";
    node.apply(
        pod("by-image", 1000, "containers: [" + deaf + "}]\n"),
        pod("by-hook", 1000, "containers: [" + deaf + hook.replace("NAME", "by-hook") + "}]\n"),
        pod("by-force", 1000, "containers: [" + deaf + hook.replace("NAME", "by-force") + "}]\n"),
        pod(
            "by-turn",
            1000,
            "initContainers: ["
                + deaf.replace("name: c", "name: side, restartPolicy: Always")
                + "}]\ncontainers: ["
                + deaf
                + "}]\n"));
    for (String name : List.of("by-image", "by-hook", "by-force", "by-turn")) {
      node.await("pod/" + name, TestNode.READY, "True");
    }
    node.run("set", "image", "pod/by-image", "c=" + node.registry().host() + "/other:1");
    node.run("delete", "pods", "by-hook", "by-force", "by-turn", "--wait=false");
    node.await(() -> node.events("by-image"), events -> events.contains("definition changed"));
    node.await(() -> node.events("by-turn"), events -> events.contains("Stopping container c"));
    awaitFile("by-hook");
    awaitFile("by-force");
    node.run("delete", "pods", "by-image", "by-hook", "by-turn", "--grace-period=1");
    node.run("delete", "pod", "by-force", "--force", "--grace-period=0");
    node.await(() -> containersOf("by-force"), "0"::equals);
  }

  @Test
  void readinessIsToldWhileAnotherContainerIsBeingEnded() throws Exception {
    node.apply(
        pod(
            "busy",
            1000,
            """
            containers:
            - {name: c, image: IMAGE, command: DEAF}
            - name: probed
              image: IMAGE
              command: DEAF
              volumeMounts: [{name: v, mountPath: /v}]
              readinessProbe: {periodSeconds: 1, exec: {command: [sh, -c, "! test -e /v/busy"]}}
            """));
    node.await("pod/busy", TestNode.READY, "True");
    node.run("set", "image", "pod/busy", "c=" + node.registry().host() + "/other:1");
    node.await(() -> node.events("busy"), events -> events.contains("definition changed"));
    Files.createFile(shared.resolve("busy"));
    node.await("pod/busy", TestNode.READY, "False");
    Files.delete(shared.resolve("busy"));
    node.await("pod/busy", TestNode.READY, "True");
    node.run("delete", "pod", "busy", "--now", "--wait=false");
  }

  @Test
  void theEndOfAPodLeavesANewOneOfItsNameAlone() throws Exception {
    String twin = pod("twin", 1000, "containers: [{name: c, image: IMAGE, command: DEAF}]\n");
    node.apply(twin);
    node.await("pod/twin", TestNode.READY, "True");
    node.run("delete", "pod", "twin", "--wait=false");
    node.await(() -> node.events("twin"), events -> events.contains("Stopping container c"));
    node.run("delete", "pod", "twin", "--force", "--grace-period=0");
    node.apply(twin);
    String uid = node.jsonpath("pod/twin", "{.metadata.uid}");
    node.await("pod/twin", TestNode.READY, "True");
    node.await(() -> containersOf("twin"), "1"::equals);
    assertEquals(uid, node.jsonpath("pod/twin", "{.metadata.uid}"));
    assertEquals("0", node.jsonpath("pod/twin", "{.status.containerStatuses[0].restartCount}"));
    node.run("delete", "pod", "twin", "--now", "--wait=false");
  }

  @Test
  void aPodGoesAlsoWhenItsFinalizerIsTakenAwayWhileItEnds() throws Exception {
    node.apply(
        pod(
                "kept",
                1000,
                """
                containers:
                - name: c
                  image: IMAGE
                  command: OBEYS
                  volumeMounts: [{name: v, mountPath: /v}]
                  lifecycle:
                    preStop:
                      exec: {command: [sh, -c, "touch /v/kept; until [ -e /v/kept-go ]; do sleep 1; done"]}
                """)
            .replace("metadata: {", "metadata: {finalizers: [example.org/keep], "));
    node.await("pod/kept", TestNode.READY, "True");
    node.run("delete", "pod", "kept", "--wait=false");
    awaitFile("kept");
    node.run("patch", "pod", "kept", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");
    Files.createFile(shared.resolve("kept-go"));
    node.await(() -> node.run("get", "pod", "kept", "--ignore-not-found"), String::isEmpty);
  }

  private String containersOf(String pod) {
    try (CriClient cri = node.daemon().client()) {
      return Integer.toString(
          cri.runtime()
              .listContainers(
                  ListContainersRequest.newBuilder()
                      .setFilter(
                          ContainerFilter.newBuilder()
                              .putLabelSelector("io.kubernetes.pod.name", pod))
                      .build())
              .getContainersCount());
    }
  }

  @Test
  void aHookThatFailsIsToldAndPostStartEndsItsContainer() throws Exception {
    node.apply(
        pod(
            "bad-start",
            1,
            """
            containers:
            - name: c
              image: IMAGE
              command: DEAF
              livenessProbe: {exec: {command: ["true"]}, terminationGracePeriodSeconds: 1000}
              lifecycle: {postStart: {exec: {command: [sh, -c, "echo the reason >&2; exit 7"]}}}
            """),
        pod(
            "bad-stop",
            1000,
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "trap 'exit 0' TERM; touch /v/bad-stop; sleep 10000 & wait"]
              volumeMounts: [{name: v, mountPath: /v}]
              lifecycle: {preStop: {httpGet: {port: 1, path: /}}}
            """));
    node.await(
        () -> node.jsonpath("pod/bad-start", "{.status.containerStatuses[0].restartCount}"),
        count -> count.matches("[1-9]"));
    assertHas(
        node.events("bad-start"), "FailedPostStartHook", "exited with 7: the reason", "Killing");
    awaitFile("bad-stop");
    node.run("delete", "pods", "bad-start", "bad-stop");
    assertHas(node.events("bad-stop"), "FailedPreStopHook", "Connection refused");
  }

  @Test
  void whatComesAfterAContainerWaitsForItsPostStartHook() throws Exception {
    String spec =
        """
        containers:
        - name: a
          image: IMAGE
          command: OBEYS
          volumeMounts: [{name: v, mountPath: /v}]
          lifecycle:
            postStart:
              exec: {command: [sh, -c, "touch /v/NAME; until [ -e /v/NAME-go ]; do sleep 1; done"]}
        - {name: b, image: IMAGE, command: OBEYS}
        """;
    node.apply(
        pod("held", 1, spec.replace("NAME", "held")),
        pod("stuck", 1, spec.replace("NAME", "stuck")));
    awaitFile("held");
    assertEquals(
        "", node.jsonpath("pod/held", "{.status.containerStatuses[?(@.name==\"b\")].containerID}"));
    Files.createFile(shared.resolve("held-go"));
    node.await("pod/held", TestNode.READY, "True");
    awaitFile("stuck");
    node.run("delete", "pods", "held", "stuck");
  }

  @Test
  void aProbeMayHaveAGracePeriodOfItsOwn() throws Exception {
    String failing =
        "{exec: {command: [\"false\"]}, periodSeconds: 1, failureThreshold: 1,"
            + " terminationGracePeriodSeconds: 1}";
    node.apply(
        pod(
            "impatient",
            1000,
            """
            containers:
            - {name: a, image: IMAGE, command: DEAF, livenessProbe: FAILING}
            - {name: b, image: IMAGE, command: DEAF, startupProbe: FAILING}
            """
                .replace("FAILING", failing)));
    for (String name : List.of("a", "b")) {
      node.await(
          () ->
              node.jsonpath(
                  "pod/impatient",
                  "{.status.containerStatuses[?(@.name==\"" + name + "\")].restartCount}"),
          count -> !count.isEmpty() && Integer.parseInt(count) > 0);
    }
    assertHas(
        node.events("impatient"),
        "Container a failed liveness probe, will be restarted",
        "Container b failed startup probe, will be restarted");
    node.run("delete", "pod", "impatient", "--now", "--wait=false");
  }

  @Test
  void probesFindPortsByNameAndAskGrpcServers() throws Exception {
    var health = new HealthStatusManager();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(health.getHealthService())
            .build()
            .start();
    try {
      health.setStatus("db", ServingStatus.SERVING);
      node.apply(
          node.pod(
              "named",
              """
              containers:
              - name: c
                image: IMAGE
                command: [sh, -c, "mkdir /w; echo ok > /w/index.html; httpd -f -p 8081 -h /w"]
                ports: [{name: web, containerPort: 8081}]
                startupProbe: {tcpSocket: {port: web}, periodSeconds: 1, failureThreshold: 1000}
                readinessProbe: {httpGet: {port: web, path: /index.html}, periodSeconds: 1}
              """),
          node.pod(
              "grpc",
              """
              hostNetwork: true
              containers:
              - name: c
                image: IMAGE
                command: [sleep, "10000"]
                readinessProbe: {grpc: {port: %d, service: db}, periodSeconds: 1, failureThreshold: 1}
              """
                  .formatted(server.getPort())));
      node.await("pod/named", TestNode.READY, "True");
      node.await("pod/grpc", TestNode.READY, "True");
      health.setStatus("db", ServingStatus.NOT_SERVING);
      node.await("pod/grpc", TestNode.READY, "False");
      node.await(
          () -> node.events("grpc"),
          events -> events.contains("service unhealthy (responded with \"NOT_SERVING\")"));
    } finally {
      server.shutdownNow().awaitTermination();
      node.run("delete", "pods", "named", "grpc", "--ignore-not-found", "--now", "--wait=false");
    }
  }

  @Test
  void whyAContainerWaitsIsToldAllTheTime() throws Exception {
    Process watch = node.kubectl().start("get", "pods", "-l", "app=waits", "-w", "--no-headers");
    var states = new ArrayList<String>();
    try (var rows = watch.inputReader()) {
      node.apply(
          pod(
              "waits",
              1,
              """
              initContainers:
              - name: init
                image: IMAGE
                command: [sh, -c, "until [ -e /v/waits-go ]; do sleep 1; done"]
                volumeMounts: [{name: v, mountPath: /v}]
              containers: [{name: c, image: "127.0.0.1:1/none:1"}]
              """));
      // The watch is there, and the init container runs, before anything else happens.
      String row = rows.readLine();
      node.await(
          () ->
              node.jsonpath(
                  "pod/waits", "{.status.initContainerStatuses[0].state.running.startedAt}"),
          started -> !started.isEmpty());
      node.await(
          "pod/waits", "{.status.containerStatuses[0].state.waiting.reason}", "PodInitializing");
      assertHas(node.run("get", "pod", "waits"), "Init:0/1");
      Files.createFile(shared.resolve("waits-go"));
      while (row != null && !row.contains("ImagePullBackOff")) {
        states.add(row.split(" +")[2]);
        row = rows.readLine();
      }
    } finally {
      watch.destroy();
      watch.waitFor();
    }
    assertTrue(states.contains("ErrImagePull"), states::toString);
    assertHas(node.events("waits"), "Error: ErrImagePull", "Back-off pulling image");
    node.run("delete", "pod", "waits", "--now", "--wait=false");
  }
}

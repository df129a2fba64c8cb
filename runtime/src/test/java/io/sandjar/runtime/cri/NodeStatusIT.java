package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.sandjar.cri.v1.ContainerEventResponse;
import io.sandjar.cri.v1.ContainerEventType;
import io.sandjar.cri.v1.GetEventsRequest;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.RuntimeCondition;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the node tells of itself to a kubelet, an operator and a Prometheus server. */
class NodeStatusIT extends OnNode {
  private static final Pattern CGROUP_PARENT = Pattern.compile("parent: (\\S+)");

  @Test
  void everyRpcIsServedButTheCheckpoint() {
    var unserved = new TreeSet<String>();
    Stream.of(RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .filter(rpc -> rpc.getType() == MethodDescriptor.MethodType.UNARY)
        .filter(rpc -> codeOf(rpc) == Status.Code.UNIMPLEMENTED)
        .forEach(rpc -> unserved.add(rpc.getBareMethodName()));
    assertEquals(new TreeSet<>(List.of("CheckpointContainer")), unserved);
  }

  /** What an empty request is answered with. */
  private static <Q, A> Status.Code codeOf(MethodDescriptor<Q, A> rpc) {
    try {
      Q empty = rpc.parseRequest(InputStream.nullInputStream());
      ClientCalls.blockingUnaryCall(node.client().channel(), rpc, CallOptions.DEFAULT, empty);
      return Status.Code.OK;
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode();
    }
  }

  @Test
  void theRuntimeIsReadyAsLongAsItCanRunPods() throws Exception {
    assertTrue(runtimeReady().getStatus(), runtimeReady()::toString);
    var parent = CGROUP_PARENT.matcher(Files.readString(folder.resolve("config.yaml")));
    assertTrue(parent.find());
    Cgroups cgroups = Cgroups.detect();
    Cgroup monitors = cgroups.at(parent.group(1) + "/monitors");
    removeWhenEmpty(monitors);
    try {
      RuntimeCondition unready = runtimeReady();
      assertFalse(unready.getStatus());
      assertEquals("CgroupMissing", unready.getReason());
      assertTrue(unready.getMessage().contains("/monitors"), unready::getMessage);
    } finally {
      cgroups.create(parent.group(1) + "/monitors");
    }
    assertTrue(runtimeReady().getStatus(), runtimeReady()::toString);
  }

  /** The monitors of earlier tests' containers may still be about to end. */
  private static void removeWhenEmpty(Cgroup cgroup) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (cgroup.exists()) {
      try {
        cgroup.remove();
      } catch (IOException busy) {
        if (System.nanoTime() > end) {
          throw busy;
        }
        CriNode.pause();
      }
    }
  }

  private static RuntimeCondition runtimeReady() {
    return node.client().condition("RuntimeReady");
  }

  @Test
  void aVerboseStatusTellsTheSettingsAndTheMachine() throws IOException {
    var info =
        node.runtime().status(StatusRequest.newBuilder().setVerbose(true).build()).getInfoMap();
    var config = JSON.std.mapFrom(info.get("config"));
    assertEquals(folder.resolve("root").toString(), config.get("root"));
    assertTrue(config.containsKey("network"), config::toString);
    var machine = JSON.std.mapFrom(info.get("node"));
    assertTrue(machine.containsKey("cgroups"), machine::toString);
    assertTrue(machine.containsKey("counts"), machine::toString);
  }

  @Test
  void metricsCountRpcsErrorsStepsAndPulls() throws IOException {
    node.runtime().version(VersionRequest.getDefaultInstance());
    assertThrows(StatusRuntimeException.class, () -> node.status("nope"));
    String pod = node.run(node.hostNetworkPod("metered"));
    node.createAndStart(pod, node.container("app", "true"));
    String metrics = get("/metrics");
    for (String sample :
        List.of(
            "sandjar_rpc_started_total{rpc=\"Version\"}",
            "sandjar_rpc_ended_total{rpc=\"ContainerStatus\",code=\"NOT_FOUND\"}",
            "sandjar_rpc_duration_seconds_bucket{rpc=\"RunPodSandbox\",le=\"+Inf\"}",
            "sandjar_engine_step_duration_seconds_count{step=\"sandbox.run.pause\"}",
            "sandjar_engine_step_duration_seconds_count{step=\"container.create.launch\"}",
            "sandjar_engine_step_duration_seconds_count{step=\"container.start.gate\"}",
            "sandjar_image_pull_duration_seconds_count{result=\"pulled\"}")) {
      String line =
          metrics.lines().filter(each -> each.startsWith(sample + " ")).findAny().orElse(null);
      assertNotEquals(null, line, () -> sample + " is missing in\n" + metrics);
      assertTrue(Double.parseDouble(line.substring(sample.length() + 1)) >= 1, line);
    }
  }

  private static String get(String path) throws IOException {
    var address = UnixDomainSocketAddress.of(folder.resolve("run").resolve("api.sock"));
    try (SocketChannel socket = SocketChannel.open(address)) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n";
      socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return new String(Channels.newInputStream(socket).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aSandboxIsReportedLikeAContainer() {
    Iterator<ContainerEventResponse> events =
        node.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    awaitSubscription(events);
    String pod = node.run(node.hostNetworkPod("told"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    node.removePod(pod);
    var seen = new ArrayList<String>();
    while (!seen.contains("pod " + ContainerEventType.CONTAINER_DELETED_EVENT)) {
      ContainerEventResponse event = events.next();
      if (event.getContainerId().equals(pod)) {
        seen.add("pod " + event.getContainerEventType());
      } else if (event.getContainerId().equals(container)) {
        seen.add("container " + event.getContainerEventType());
      }
    }
    assertEquals(
        List.of(
            "pod CONTAINER_CREATED_EVENT",
            "pod CONTAINER_STARTED_EVENT",
            "container CONTAINER_CREATED_EVENT",
            "container CONTAINER_STARTED_EVENT",
            "container CONTAINER_STOPPED_EVENT",
            "pod CONTAINER_STOPPED_EVENT",
            "container CONTAINER_DELETED_EVENT",
            "pod CONTAINER_DELETED_EVENT"),
        seen);
  }

  /** Runs pods until one is reported. */
  private static void awaitSubscription(Iterator<ContainerEventResponse> events) {
    var subscribed = new AtomicBoolean();
    var runner =
        new Thread(
            () -> {
              while (!subscribed.get()) {
                node.run(node.hostNetworkPod("warm"));
                CriNode.pause();
              }
            });
    runner.start();
    events.next();
    subscribed.set(true);
    try {
      runner.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPauseThatDiesIsReported() throws Exception {
    Iterator<ContainerEventResponse> events =
        node.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    awaitSubscription(events);
    String pod = node.run(node.hostNetworkPod("dies"));
    long pid = node.pidOfPod(pod);
    assertTrue(ProcessHandle.of(pid).orElseThrow().destroyForcibly());
    while (true) {
      ContainerEventResponse event = events.next();
      if (event.getContainerId().equals(pod)
          && event.getContainerEventType() == ContainerEventType.CONTAINER_STOPPED_EVENT) {
        return;
      }
    }
  }
}

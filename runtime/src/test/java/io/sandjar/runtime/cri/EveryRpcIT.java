package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.ReopenContainerLogRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StopContainerRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.cri.v1.StreamContainerStatsRequest;
import io.sandjar.cri.v1.StreamContainersRequest;
import io.sandjar.cri.v1.StreamImagesRequest;
import io.sandjar.cri.v1.StreamPodSandboxStatsRequest;
import io.sandjar.cri.v1.StreamPodSandboxesRequest;
import io.sandjar.cri.v1.UpdateContainerResourcesRequest;
import io.sandjar.cri.v1.UpdatePodSandboxResourcesRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all RPCs have in common: how they refuse, and that streams give what lists give. */
class EveryRpcIT {
  private static final List<String> IDS = List.of("container_id", "pod_sandbox_id");

  @TempDir static Path folder;
  private static CriNode node;

  @BeforeAll
  static void startNode() throws IOException {
    node = CriNode.start(folder);
  }

  @AfterAll
  static void stopNode() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @AfterEach
  void removePods() {
    node.removeAllPods();
  }

  @Test
  void anIdThatIsMissingIsAnInvalidArgument() {
    var answers = codes("");
    // It is refused whatever it is asked for.
    assertEquals(Status.Code.UNIMPLEMENTED, answers.remove("CheckpointContainer"));
    answers.forEach((rpc, code) -> assertEquals(Status.Code.INVALID_ARGUMENT, code, rpc));
  }

  @Test
  void whatIsNotThereIsNotFoundUnlessItWasToGo() {
    var answers = codes("nope");
    answers.remove("CheckpointContainer");
    for (String done :
        List.of("StopContainer", "RemoveContainer", "StopPodSandbox", "RemovePodSandbox")) {
      assertEquals(Status.Code.OK, answers.remove(done), done);
    }
    answers.forEach((rpc, code) -> assertEquals(Status.Code.NOT_FOUND, code, rpc));
  }

  /** The code that each RPC on one sandbox or container answers with. */
  private static TreeMap<String, Status.Code> codes(String id) {
    var codes = new TreeMap<String, Status.Code>();
    for (MethodDescriptor<?, ?> rpc : RuntimeServiceGrpc.getServiceDescriptor().getMethods()) {
      if (rpc.getType() == MethodDescriptor.MethodType.UNARY) {
        call(rpc, id, codes);
      }
    }
    return codes;
  }

  private static <Q, A> void call(
      MethodDescriptor<Q, A> rpc, String id, TreeMap<String, Status.Code> codes) {
    Message.Builder request =
        ((Message) rpc.parseRequest(InputStream.nullInputStream())).toBuilder();
    var type = request.getDescriptorForType();
    List<FieldDescriptor> ids =
        IDS.stream().map(type::findFieldByName).filter(field -> field != null).toList();
    if (ids.isEmpty()) {
      return;
    }
    ids.forEach(field -> request.setField(field, id));
    if (type.findFieldByName("cmd") != null) {
      request.addRepeatedField(type.findFieldByName("cmd"), "true");
    }
    if (type.findFieldByName("config") != null) {
      request.setField(
          type.findFieldByName("config"),
          ContainerConfig.newBuilder()
              .setMetadata(ContainerMetadata.newBuilder().setName("app"))
              .setImage(ImageSpec.newBuilder().setImage(node.image()))
              .build());
    }
    @SuppressWarnings("unchecked") // it was made from the RPC's own empty request
    Q built = (Q) request.build();
    codes.put(
        rpc.getBareMethodName(),
        code(
            () ->
                ClientCalls.blockingUnaryCall(
                    node.client().channel(), rpc, CallOptions.DEFAULT, built)));
  }

  @Test
  void whatHasEndedCannotBeWorkedOn() {
    var runtime = node.runtime();
    String pod = node.run(node.hostNetworkPod("ended"));
    String ended = node.createAndStart(pod, node.container("ended", "true"));
    node.awaitExit(ended);
    assertPrecondition(() -> node.start(ended));
    assertPrecondition(() -> node.exec(ended, "true"));
    assertPrecondition(
        () ->
            runtime.reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(ended).build()));
    assertPrecondition(
        () ->
            runtime.updateContainerResources(
                UpdateContainerResourcesRequest.newBuilder().setContainerId(ended).build()));
    runtime.stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    assertPrecondition(() -> node.create(pod, node.container("late", "true")));
    assertPrecondition(
        () ->
            runtime.updatePodSandboxResources(
                UpdatePodSandboxResourcesRequest.newBuilder().setPodSandboxId(pod).build()));
  }

  @Test
  void timesBelowZeroAreInvalid() {
    String pod = node.run(node.hostNetworkPod("times"));
    String app = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    assertEquals(
        Status.Code.INVALID_ARGUMENT,
        code(
            () ->
                node.runtime()
                    .stopContainer(
                        StopContainerRequest.newBuilder()
                            .setContainerId(app)
                            .setTimeout(-1)
                            .build())));
    assertEquals(
        Status.Code.INVALID_ARGUMENT,
        code(
            () ->
                node.runtime()
                    .execSync(
                        ExecSyncRequest.newBuilder()
                            .setContainerId(app)
                            .addCmd("true")
                            .setTimeout(-1)
                            .build())));
  }

  @Test
  void streamsGiveWhatListsGive() {
    var runtime = node.runtime();
    for (int i = 0; i < 3; i++) {
      PodSandboxConfig.Builder pod = node.hostNetworkPod("pod" + i);
      node.createAndStart(node.run(pod), node.container("app", "sleep", "1000"));
    }
    assertEquals(
        runtime.listContainers(ListContainersRequest.getDefaultInstance()).getContainersList(),
        all(
            runtime.streamContainers(StreamContainersRequest.getDefaultInstance()),
            part -> part.getContainersList()));
    assertEquals(
        runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList(),
        all(
            runtime.streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance()),
            part -> part.getPodSandboxesList()));
    assertEquals(
        runtime
            .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
            .getStatsList()
            .stream()
            .map(stats -> stats.getAttributes().getId())
            .toList(),
        all(
            runtime.streamContainerStats(StreamContainerStatsRequest.getDefaultInstance()),
            part ->
                part.getContainerStatsList().stream()
                    .map(stats -> stats.getAttributes().getId())
                    .toList()));
    assertEquals(
        runtime
            .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())
            .getStatsList()
            .stream()
            .map(stats -> stats.getAttributes().getId())
            .toList(),
        all(
            runtime.streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance()),
            part ->
                part.getPodSandboxStatsList().stream()
                    .map(stats -> stats.getAttributes().getId())
                    .toList()));
    var images = node.client().images();
    assertEquals(
        images.listImages(ListImagesRequest.getDefaultInstance()).getImagesList(),
        all(
            images.streamImages(StreamImagesRequest.getDefaultInstance()),
            part -> part.getImagesList()));
  }

  private static <A, T> List<T> all(Iterator<A> parts, Function<A, List<T>> items) {
    var all = new ArrayList<T>();
    parts.forEachRemaining(part -> all.addAll(items.apply(part)));
    return all;
  }

  private static void assertPrecondition(Runnable call) {
    assertEquals(Status.Code.FAILED_PRECONDITION, code(call));
  }

  private static Status.Code code(Runnable call) {
    try {
      call.run();
      return Status.Code.OK;
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode();
    }
  }
}

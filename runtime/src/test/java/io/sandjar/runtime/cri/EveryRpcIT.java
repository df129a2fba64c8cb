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
import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStateValue;
import io.sandjar.cri.v1.ExecRequest;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxFilter;
import io.sandjar.cri.v1.ReopenContainerLogRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.cri.v1.StreamContainerStatsRequest;
import io.sandjar.cri.v1.StreamContainersRequest;
import io.sandjar.cri.v1.StreamImagesRequest;
import io.sandjar.cri.v1.StreamPodSandboxStatsRequest;
import io.sandjar.cri.v1.StreamPodSandboxesRequest;
import io.sandjar.cri.v1.UpdateContainerResourcesRequest;
import io.sandjar.cri.v1.UpdatePodSandboxResourcesRequest;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What all RPCs have in common: how they refuse, and that streams give what lists give. */
class EveryRpcIT extends OnNode {
  private static final List<String> IDS = List.of("container_id", "pod_sandbox_id");

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
    refused(Status.Code.FAILED_PRECONDITION, () -> node.start(ended));
    refused(Status.Code.FAILED_PRECONDITION, () -> node.exec(ended, "true"));
    refused(
        Status.Code.FAILED_PRECONDITION,
        () ->
            runtime.reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(ended).build()));
    refused(
        Status.Code.FAILED_PRECONDITION,
        () ->
            runtime.updateContainerResources(
                UpdateContainerResourcesRequest.newBuilder().setContainerId(ended).build()));
    runtime.stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    refused(
        Status.Code.FAILED_PRECONDITION, () -> node.create(pod, node.container("late", "true")));
    refused(
        Status.Code.FAILED_PRECONDITION,
        () ->
            runtime.updatePodSandboxResources(
                UpdatePodSandboxResourcesRequest.newBuilder().setPodSandboxId(pod).build()));
  }

  @Test
  void timesBelowZeroAreInvalid() {
    String pod = node.run(node.hostNetworkPod("times"));
    String app = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    refused(Status.Code.INVALID_ARGUMENT, () -> node.stop(app, -1));
    refused(Status.Code.INVALID_ARGUMENT, () -> exec(app, -1));
  }

  @Test
  void theLongestTimesMeanNoBound() {
    String pod = node.run(node.hostNetworkPod("ages"));
    String app = node.startListening(pod, node.listening("app", "TERM", 7));
    assertEquals(0, exec(app, Long.MAX_VALUE).getExitCode());
    node.stop(app, Long.MAX_VALUE);
    assertEquals(7, node.status(app).getExitCode());
  }

  private static ExecSyncResponse exec(String container, long timeout) {
    return node.runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addCmd("true")
                .setTimeout(timeout)
                .build());
  }

  @Test
  void streamsThatNobodyComesForAreLimited() {
    String pod = node.run(node.hostNetworkPod("urls"));
    String app = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    ExecRequest request =
        ExecRequest.newBuilder().setContainerId(app).addCmd("true").setStdout(true).build();
    refused(
        Status.Code.RESOURCE_EXHAUSTED,
        () -> {
          // Far more than any limit; each waits for its client for a minute.
          for (int i = 0; i < 10_000; i++) {
            node.runtime().exec(request);
          }
        });
  }

  @Test
  void aDiskThatIsFullIsToldAsWhatItIs() throws Exception {
    String pod = node.run(node.hostNetworkPod("full"));
    // The folder of all containers is there from the first one on.
    node.create(pod, node.container("first", "true"));
    refusedWithoutRoom("containers", () -> node.create(pod, node.container("app", "true")));
    refusedWithoutRoom("sandboxes", () -> node.run(node.hostNetworkPod("another")));
    node.createAndStart(pod, node.container("app", "true"));
  }

  /** What lies in the folder is hidden meanwhile, and nothing can be written there. */
  private static void refusedWithoutRoom(String where, Executable call) throws Exception {
    Path there = folder.resolve("root").resolve(where);
    String[] full = {"mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", there.toString()};
    assertEquals("", Footprint.run(full));
    try {
      Files.write(there.resolve("filler"), new byte[4096]);
      refused(Status.Code.RESOURCE_EXHAUSTED, call);
    } finally {
      assertEquals("", Footprint.run("umount", "-l", there.toString()));
    }
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

  @Test
  void listsAreFilteredByIdStateSandboxAndLabels() {
    String one = node.run(node.hostNetworkPod("one").putLabels("app", "one"));
    String two = node.run(node.hostNetworkPod("two").putLabels("app", "two"));
    String running =
        node.createAndStart(one, node.container("a", "sleep", "1000").putLabels("c", "a"));
    String created = node.create(two, node.container("b", "sleep", "1000"));

    assertEquals(
        List.of(running),
        containers(
            ContainerFilter.newBuilder()
                .setState(
                    ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING))));
    assertEquals(List.of(created), containers(ContainerFilter.newBuilder().setPodSandboxId(two)));
    assertEquals(
        List.of(running), containers(ContainerFilter.newBuilder().setId(running.substring(0, 13))));
    assertEquals(
        List.of(running), containers(ContainerFilter.newBuilder().putLabelSelector("c", "a")));
    assertEquals(List.of(two), pods(PodSandboxFilter.newBuilder().putLabelSelector("app", "two")));
    assertEquals(List.of(one), pods(PodSandboxFilter.newBuilder().setId(one.substring(0, 13))));
    assertEquals(List.of(), pods(PodSandboxFilter.newBuilder().setId("nope")));
  }

  private static List<String> containers(ContainerFilter.Builder filter) {
    return node
        .runtime()
        .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
        .getContainersList()
        .stream()
        .map(container -> container.getId())
        .toList();
  }

  private static List<String> pods(PodSandboxFilter.Builder filter) {
    return node
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsList()
        .stream()
        .map(pod -> pod.getId())
        .toList();
  }

  @Test
  void errorsHaveTheCodesThatCriMeans() {
    var config = node.hostNetworkPod("codes");
    String pod = node.run(config);
    refused(Status.Code.ALREADY_EXISTS, () -> node.run(config));
    String container = node.create(pod, node.container("a", "true"));
    refused(Status.Code.ALREADY_EXISTS, () -> node.create(pod, node.container("a", "true")));
    refused(Status.Code.FAILED_PRECONDITION, () -> node.exec(container, "true"));
    refused(
        Status.Code.NOT_FOUND,
        () ->
            node.create(
                pod,
                node.container("c", "true")
                    .setImage(ImageSpec.newBuilder().setImage("localhost/no-such-image:1"))));
    node.start(container);
    node.awaitExit(container);
    refused(Status.Code.FAILED_PRECONDITION, () -> node.start(container));
    refused(
        Status.Code.INVALID_ARGUMENT,
        () ->
            node.create(
                pod,
                node.container("p", "true")
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setSecurityContext(
                                LinuxContainerSecurityContext.newBuilder().setPrivileged(true)))));
  }

  private static <A, T> List<T> all(Iterator<A> parts, Function<A, List<T>> items) {
    var all = new ArrayList<T>();
    parts.forEachRemaining(part -> all.addAll(items.apply(part)));
    return all;
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

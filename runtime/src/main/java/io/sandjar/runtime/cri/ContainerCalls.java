package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerStatusRequest;
import io.sandjar.cri.v1.ContainerStatusResponse;
import io.sandjar.cri.v1.CreateContainerRequest;
import io.sandjar.cri.v1.CreateContainerResponse;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListContainersResponse;
import io.sandjar.cri.v1.RemoveContainerRequest;
import io.sandjar.cri.v1.RemoveContainerResponse;
import io.sandjar.cri.v1.ReopenContainerLogRequest;
import io.sandjar.cri.v1.ReopenContainerLogResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StartContainerRequest;
import io.sandjar.cri.v1.StartContainerResponse;
import io.sandjar.cri.v1.StopContainerRequest;
import io.sandjar.cri.v1.StopContainerResponse;
import io.sandjar.cri.v1.StreamContainersRequest;
import io.sandjar.cri.v1.StreamContainersResponse;
import io.sandjar.cri.v1.UpdateContainerResourcesRequest;
import io.sandjar.cri.v1.UpdateContainerResourcesResponse;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.Containers;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Images;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** The RPCs on containers. */
public final class ContainerCalls implements RpcFamily {
  private static final String ID = "container_id";

  private final PodEngine engine;
  private final Containers containers;
  private final ContainerAnswers answers;

  public ContainerCalls(PodEngine engine, Images images) {
    this.engine = engine;
    this.containers = engine.containers();
    this.answers = new ContainerAnswers(images);
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getCreateContainerMethod(), this::create);
    rpcs.unary(RuntimeServiceGrpc.getStartContainerMethod(), this::start);
    rpcs.unary(RuntimeServiceGrpc.getStopContainerMethod(), this::stop);
    rpcs.unary(RuntimeServiceGrpc.getRemoveContainerMethod(), this::remove);
    rpcs.unary(RuntimeServiceGrpc.getContainerStatusMethod(), this::status);
    rpcs.unary(RuntimeServiceGrpc.getListContainersMethod(), this::list);
    rpcs.streaming(RuntimeServiceGrpc.getStreamContainersMethod(), this::stream);
    rpcs.unary(RuntimeServiceGrpc.getUpdateContainerResourcesMethod(), this::update);
    rpcs.unary(RuntimeServiceGrpc.getReopenContainerLogMethod(), this::reopenLog);
  }

  private CreateContainerResponse create(CreateContainerRequest request) throws IOException {
    Fields.require(request.hasConfig(), "config");
    Container container =
        containers.create(
            Fields.required("pod_sandbox_id", request.getPodSandboxId()),
            ContainerSpecs.read(request.getConfig()));
    return CreateContainerResponse.newBuilder().setContainerId(container.id()).build();
  }

  private StartContainerResponse start(StartContainerRequest request) throws IOException {
    containers.start(Fields.required(ID, request.getContainerId()));
    return StartContainerResponse.getDefaultInstance();
  }

  private StopContainerResponse stop(StopContainerRequest request) throws IOException {
    Duration grace = Duration.ofSeconds(Fields.notNegative("timeout", request.getTimeout()));
    containers.stop(Fields.required(ID, request.getContainerId()), grace);
    return StopContainerResponse.getDefaultInstance();
  }

  private RemoveContainerResponse remove(RemoveContainerRequest request) throws IOException {
    containers.remove(Fields.required(ID, request.getContainerId()));
    return RemoveContainerResponse.getDefaultInstance();
  }

  private ContainerStatusResponse status(ContainerStatusRequest request) throws IOException {
    Container container = containers.get(Fields.required(ID, request.getContainerId()));
    ContainerStatusResponse.Builder response =
        ContainerStatusResponse.newBuilder().setStatus(answers.status(container));
    if (request.getVerbose()) {
      response.putAllInfo(ContainerAnswers.verbose(container));
    }
    return response.build();
  }

  private ListContainersResponse list(ListContainersRequest request) {
    ListContainersResponse.Builder response = ListContainersResponse.newBuilder();
    Filters.containers(containers, engine.sandboxes(), request.getFilter())
        .forEach(container -> response.addContainers(answers.item(container)));
    return response.build();
  }

  private void stream(StreamContainersRequest request, Consumer<StreamContainersResponse> sink) {
    Chunks.send(
        Filters.containers(containers, engine.sandboxes(), request.getFilter()),
        chunk -> {
          StreamContainersResponse.Builder response = StreamContainersResponse.newBuilder();
          chunk.forEach(container -> response.addContainers(answers.item(container)));
          sink.accept(response.build());
        });
  }

  private UpdateContainerResourcesResponse update(UpdateContainerResourcesRequest request)
      throws IOException {
    containers.update(
        Fields.required(ID, request.getContainerId()),
        ResourceSpecs.read("linux", request.getLinux()));
    return UpdateContainerResourcesResponse.getDefaultInstance();
  }

  private ReopenContainerLogResponse reopenLog(ReopenContainerLogRequest request)
      throws IOException {
    containers.reopenLog(Fields.required(ID, request.getContainerId()));
    return ReopenContainerLogResponse.getDefaultInstance();
  }
}

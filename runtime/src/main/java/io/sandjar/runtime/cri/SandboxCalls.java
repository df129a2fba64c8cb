package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxResponse;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.PodSandboxStatusResponse;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.RemovePodSandboxResponse;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.RunPodSandboxResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.cri.v1.StopPodSandboxResponse;
import io.sandjar.cri.v1.StreamPodSandboxesRequest;
import io.sandjar.cri.v1.StreamPodSandboxesResponse;
import io.sandjar.cri.v1.UpdatePodSandboxResourcesRequest;
import io.sandjar.cri.v1.UpdatePodSandboxResourcesResponse;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** The RPCs on pod sandboxes. */
public final class SandboxCalls implements RpcFamily {
  private static final String ID = "pod_sandbox_id";

  private final PodEngine engine;
  private final ContainerAnswers containerAnswers;

  public SandboxCalls(PodEngine engine, Images images) {
    this.engine = engine;
    this.containerAnswers = new ContainerAnswers(images);
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getRunPodSandboxMethod(), this::run);
    rpcs.unary(RuntimeServiceGrpc.getStopPodSandboxMethod(), this::stop);
    rpcs.unary(RuntimeServiceGrpc.getRemovePodSandboxMethod(), this::remove);
    rpcs.unary(RuntimeServiceGrpc.getPodSandboxStatusMethod(), this::status);
    rpcs.unary(RuntimeServiceGrpc.getListPodSandboxMethod(), this::list);
    rpcs.streaming(RuntimeServiceGrpc.getStreamPodSandboxesMethod(), this::stream);
    rpcs.unary(RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(), this::update);
  }

  private RunPodSandboxResponse run(RunPodSandboxRequest request) throws IOException {
    Fields.require(request.hasConfig(), "config");
    Sandbox sandbox =
        engine.sandboxes().run(SandboxSpecs.read(request.getConfig(), request.getRuntimeHandler()));
    return RunPodSandboxResponse.newBuilder().setPodSandboxId(sandbox.id()).build();
  }

  private StopPodSandboxResponse stop(StopPodSandboxRequest request) throws IOException {
    engine.teardown().stop(Fields.required(ID, request.getPodSandboxId()));
    return StopPodSandboxResponse.getDefaultInstance();
  }

  private RemovePodSandboxResponse remove(RemovePodSandboxRequest request) throws IOException {
    engine.teardown().remove(Fields.required(ID, request.getPodSandboxId()));
    return RemovePodSandboxResponse.getDefaultInstance();
  }

  private PodSandboxStatusResponse status(PodSandboxStatusRequest request) throws IOException {
    Sandbox sandbox = engine.sandboxes().get(Fields.required(ID, request.getPodSandboxId()));
    PodSandboxStatusResponse.Builder response =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(SandboxAnswers.status(sandbox))
            .setTimestamp(Times.now());
    engine
        .containers()
        .ofSandbox(sandbox.id())
        .forEach(container -> response.addContainersStatuses(containerAnswers.status(container)));
    if (request.getVerbose()) {
      response.putAllInfo(SandboxAnswers.verbose(sandbox));
    }
    return response.build();
  }

  private ListPodSandboxResponse list(ListPodSandboxRequest request) {
    ListPodSandboxResponse.Builder response = ListPodSandboxResponse.newBuilder();
    Filters.sandboxes(engine.sandboxes(), request.getFilter())
        .forEach(sandbox -> response.addItems(SandboxAnswers.item(sandbox)));
    return response.build();
  }

  private void stream(
      StreamPodSandboxesRequest request, Consumer<StreamPodSandboxesResponse> answers) {
    Chunks.send(
        Filters.sandboxes(engine.sandboxes(), request.getFilter()),
        chunk -> {
          StreamPodSandboxesResponse.Builder response = StreamPodSandboxesResponse.newBuilder();
          chunk.forEach(sandbox -> response.addPodSandboxes(SandboxAnswers.item(sandbox)));
          answers.accept(response.build());
        });
  }

  private UpdatePodSandboxResourcesResponse update(UpdatePodSandboxResourcesRequest request)
      throws IOException {
    Optional<Resources> overhead =
        request.hasOverhead()
            ? Optional.of(ResourceSpecs.read("overhead", request.getOverhead()))
            : Optional.empty();
    Optional<Resources> resources =
        request.hasResources()
            ? Optional.of(ResourceSpecs.read("resources", request.getResources()))
            : Optional.empty();
    Sandbox sandbox = engine.sandboxes().get(Fields.required(ID, request.getPodSandboxId()));
    engine.sandboxes().update(sandbox.id(), overhead, resources);
    return UpdatePodSandboxResourcesResponse.getDefaultInstance();
  }
}

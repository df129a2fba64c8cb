package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerStats;
import io.sandjar.cri.v1.ContainerStatsFilter;
import io.sandjar.cri.v1.ContainerStatsRequest;
import io.sandjar.cri.v1.ContainerStatsResponse;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListContainerStatsResponse;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsResponse;
import io.sandjar.cri.v1.PodSandboxStats;
import io.sandjar.cri.v1.PodSandboxStatsFilter;
import io.sandjar.cri.v1.PodSandboxStatsRequest;
import io.sandjar.cri.v1.PodSandboxStatsResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StreamContainerStatsRequest;
import io.sandjar.cri.v1.StreamContainerStatsResponse;
import io.sandjar.cri.v1.StreamPodSandboxStatsRequest;
import io.sandjar.cri.v1.StreamPodSandboxStatsResponse;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import java.util.List;
import java.util.function.Consumer;

/**
 * The RPCs on what pods and containers use. A full node's are read by all processors at once: most
 * of the time goes into some eight files of each cgroup.
 */
public final class StatsCalls implements RpcFamily {
  private final PodEngine engine;

  public StatsCalls(PodEngine engine) {
    this.engine = engine;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getContainerStatsMethod(), this::container);
    rpcs.unary(RuntimeServiceGrpc.getListContainerStatsMethod(), this::listContainers);
    rpcs.streaming(RuntimeServiceGrpc.getStreamContainerStatsMethod(), this::streamContainers);
    rpcs.unary(RuntimeServiceGrpc.getPodSandboxStatsMethod(), this::pod);
    rpcs.unary(RuntimeServiceGrpc.getListPodSandboxStatsMethod(), this::listPods);
    rpcs.streaming(RuntimeServiceGrpc.getStreamPodSandboxStatsMethod(), this::streamPods);
  }

  private ContainerStatsResponse container(ContainerStatsRequest request) {
    Container container =
        engine.containers().get(Fields.required("container_id", request.getContainerId()));
    return ContainerStatsResponse.newBuilder().setStats(stats(container)).build();
  }

  private ListContainerStatsResponse listContainers(ListContainerStatsRequest request) {
    return ListContainerStatsResponse.newBuilder()
        .addAllStats(containers(request.getFilter()))
        .build();
  }

  private void streamContainers(
      StreamContainerStatsRequest request, Consumer<StreamContainerStatsResponse> sink) {
    Chunks.send(
        containers(request.getFilter()),
        chunk ->
            sink.accept(
                StreamContainerStatsResponse.newBuilder().addAllContainerStats(chunk).build()));
  }

  private PodSandboxStatsResponse pod(PodSandboxStatsRequest request) {
    Sandbox sandbox =
        engine.sandboxes().get(Fields.required("pod_sandbox_id", request.getPodSandboxId()));
    return PodSandboxStatsResponse.newBuilder().setStats(stats(sandbox)).build();
  }

  private ListPodSandboxStatsResponse listPods(ListPodSandboxStatsRequest request) {
    return ListPodSandboxStatsResponse.newBuilder().addAllStats(pods(request.getFilter())).build();
  }

  private void streamPods(
      StreamPodSandboxStatsRequest request, Consumer<StreamPodSandboxStatsResponse> sink) {
    Chunks.send(
        pods(request.getFilter()),
        chunk ->
            sink.accept(
                StreamPodSandboxStatsResponse.newBuilder().addAllPodSandboxStats(chunk).build()));
  }

  private List<ContainerStats> containers(ContainerStatsFilter filter) {
    return Filters.containers(engine.containers(), engine.sandboxes(), filter).parallelStream()
        .filter(container -> container.state() == Container.State.RUNNING)
        .map(this::stats)
        .toList();
  }

  private List<PodSandboxStats> pods(PodSandboxStatsFilter filter) {
    return Filters.sandboxes(engine.sandboxes(), filter).parallelStream()
        .filter(Sandbox::isReady)
        .map(this::stats)
        .toList();
  }

  private ContainerStats stats(Container container) {
    return StatsAnswers.container(
        engine.stats().of(container), engine.stats().layersFolder().toString());
  }

  private PodSandboxStats stats(Sandbox sandbox) {
    List<Container> running =
        engine.containers().ofSandbox(sandbox.id()).stream()
            .filter(container -> container.state() == Container.State.RUNNING)
            .toList();
    return StatsAnswers.pod(
        engine.stats().of(sandbox, running), running.stream().map(this::stats).toList());
  }
}

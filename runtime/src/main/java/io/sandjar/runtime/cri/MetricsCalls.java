package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerMetrics;
import io.sandjar.cri.v1.ListMetricDescriptorsRequest;
import io.sandjar.cri.v1.ListMetricDescriptorsResponse;
import io.sandjar.cri.v1.ListPodSandboxMetricsRequest;
import io.sandjar.cri.v1.ListPodSandboxMetricsResponse;
import io.sandjar.cri.v1.Metric;
import io.sandjar.cri.v1.MetricDescriptor;
import io.sandjar.cri.v1.PodSandboxMetrics;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StreamPodSandboxMetricsRequest;
import io.sandjar.cri.v1.StreamPodSandboxMetricsResponse;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.InterfaceCounters;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The RPCs that hand the kubelet the metrics of pods for its {@code /metrics/cadvisor}, where it
 * has them from the runtime.
 */
public final class MetricsCalls implements RpcFamily {

  /** On every metric, as the kubelet labels those that it takes from cAdvisor itself. */
  private static final List<String> LABELS =
      List.of("container", "id", "image", "name", "namespace", "pod");

  private final PodEngine engine;
  private final CgroupDriver cgroups;

  public MetricsCalls(PodEngine engine, CgroupDriver cgroups) {
    this.engine = engine;
    this.cgroups = cgroups;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getListMetricDescriptorsMethod(), this::descriptors);
    rpcs.unary(RuntimeServiceGrpc.getListPodSandboxMetricsMethod(), this::list);
    rpcs.streaming(RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(), this::stream);
  }

  private ListMetricDescriptorsResponse descriptors(ListMetricDescriptorsRequest request) {
    return ListMetricDescriptorsResponse.newBuilder().addAllDescriptors(all()).build();
  }

  /** Every metric that is ever told: the kubelet drops one whose descriptor it does not know. */
  static List<MetricDescriptor> all() {
    List<MetricDescriptor> all = new ArrayList<>();
    CgroupMetrics.FAMILIES.forEach(family -> all.add(family.descriptor(LABELS)));
    ContainerMetricFamilies.FAMILIES.forEach(family -> all.add(family.descriptor(LABELS)));
    NetworkMetrics.FAMILIES.forEach(family -> all.add(family.descriptor(LABELS)));
    return all;
  }

  private ListPodSandboxMetricsResponse list(ListPodSandboxMetricsRequest request) {
    return ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(pods()).build();
  }

  private void stream(
      StreamPodSandboxMetricsRequest request, Consumer<StreamPodSandboxMetricsResponse> sink) {
    Chunks.send(
        pods(),
        chunk ->
            sink.accept(
                StreamPodSandboxMetricsResponse.newBuilder()
                    .addAllPodSandboxMetrics(chunk)
                    .build()));
  }

  private List<PodSandboxMetrics> pods() {
    return engine.sandboxes().list().parallelStream()
        .filter(Sandbox::isReady)
        .map(this::pod)
        .toList();
  }

  private PodSandboxMetrics pod(Sandbox sandbox) {
    SandboxName name = sandbox.spec().name();
    List<String> labels =
        List.of(
            "",
            cgroups.parentAt(sandbox.record().cgroupParent()).path(),
            "",
            sandbox.id(),
            name.namespace(),
            name.name());
    PodSandboxMetrics.Builder metrics =
        PodSandboxMetrics.newBuilder().setPodSandboxId(sandbox.id());
    long now = Times.now();
    List<InterfaceCounters> interfaces = engine.stats().interfaces(sandbox);
    for (var family : NetworkMetrics.FAMILIES) {
      metrics.addAllMetrics(family.metrics(interfaces, now, labels));
    }
    engine
        .stats()
        .details(sandbox)
        .ifPresent(
            stats ->
                CgroupMetrics.FAMILIES.forEach(
                    family ->
                        metrics.addAllMetrics(
                            family.metrics(stats, stats.usage().timestampNanos(), labels))));
    for (Container container : engine.containers().ofSandbox(sandbox.id())) {
      if (container.state() == Container.State.RUNNING) {
        metrics.addContainerMetrics(container(container, name));
      }
    }
    return metrics.build();
  }

  private ContainerMetrics container(Container container, SandboxName pod) {
    List<String> labels =
        List.of(
            container.spec().name().name(),
            cgroups.at(container.record().cgroupParent(), container.id()).path(),
            container.spec().image().userSpecified(),
            container.id(),
            pod.namespace(),
            pod.name());
    List<Metric> metrics = new ArrayList<>();
    long now = Times.now();
    var subject =
        new ContainerMetricFamilies.Subject(container, engine.stats().writableLayer(container));
    for (var family : ContainerMetricFamilies.FAMILIES) {
      metrics.addAll(family.metrics(subject, now, labels));
    }
    engine
        .stats()
        .details(container)
        .ifPresent(
            stats ->
                CgroupMetrics.FAMILIES.forEach(
                    family ->
                        metrics.addAll(
                            family.metrics(stats, stats.usage().timestampNanos(), labels))));
    return ContainerMetrics.newBuilder()
        .setContainerId(container.id())
        .addAllMetrics(metrics)
        .build();
  }
}

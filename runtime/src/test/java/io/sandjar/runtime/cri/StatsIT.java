package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerStats;
import io.sandjar.cri.v1.ContainerStatsRequest;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerResources;
import io.sandjar.cri.v1.LinuxPodSandboxStats;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListMetricDescriptorsRequest;
import io.sandjar.cri.v1.ListPodSandboxMetricsRequest;
import io.sandjar.cri.v1.MemoryUsage;
import io.sandjar.cri.v1.Metric;
import io.sandjar.cri.v1.PodSandboxMetrics;
import io.sandjar.cri.v1.PodSandboxStatsRequest;
import io.sandjar.cri.v1.StreamPodSandboxMetricsRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What pods use, as a kubelet asks for it. */
class StatsIT extends OnNode {
  private static final long MIB = 1 << 20;
  private static final String BUSY = "while :; do :; done";

  @Test
  void aBusyContainerUsesCpuAndAnIdleOneDoesNot() {
    String pod = node.run(node.hostNetworkPod("cpu"));
    String busy = node.createAndStart(pod, node.container("busy", "sh", "-c", BUSY));
    String idle = node.createAndStart(pod, node.container("idle", "sleep", "1000"));

    stats(busy);
    stats(idle);
    awaitNanoCores(busy);

    assertTrue(stats(busy).getCpu().getUsageCoreNanoSeconds().getValue() > 0);
    assertTrue(
        stats(idle).getCpu().getUsageNanoCores().getValue()
            < stats(busy).getCpu().getUsageNanoCores().getValue());
  }

  @Test
  void memoryIsCountedAgainstTheLimit() throws Exception {
    String pod = node.run(node.hostNetworkPod("memory"));
    String container =
        node.createAndStart(
            pod,
            limited(
                node.container("app", "sh", "-c", "x=$(seq 1 200000); while :; do sleep 1; done"),
                64 * MIB));

    // The kernel counts in batches, so that the first look may find nothing.
    var memory = stats(container).getMemory();
    for (int i = 0; i < 1200 && memory.getWorkingSetBytes().getValue() < MIB; i++) {
      Thread.sleep(50);
      memory = stats(container).getMemory();
    }

    assertTrue(memory.getWorkingSetBytes().getValue() > MIB);
    assertTrue(memory.getUsageBytes().getValue() >= memory.getWorkingSetBytes().getValue());
    assertEquals(
        64 * MIB - memory.getWorkingSetBytes().getValue(), memory.getAvailableBytes().getValue());
    assertTrue(memory.getPageFaults().getValue() > 0);
    String unlimited = node.createAndStart(pod, node.container("free", "sleep", "1000"));
    assertFalse(stats(unlimited).getMemory().hasAvailableBytes());
  }

  @Test
  void aPodCountsItsContainersItsProcessesAndItsNetwork() {
    String pod = node.run(node.pod("whole"));
    node.createAndStart(pod, node.container("one", "sleep", "1000"));
    node.createAndStart(pod, node.container("two", "sleep", "1000"));

    LinuxPodSandboxStats linux =
        node.runtime()
            .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
            .getStats()
            .getLinux();

    assertEquals(2, linux.getContainersCount());
    assertEquals(3, linux.getProcess().getProcessCount().getValue(), "the pause is one of them");
    assertEquals("eth0", linux.getNetwork().getDefaultInterface().getName());
    assertTrue(linux.getMemory().getWorkingSetBytes().getValue() > 0);
  }

  @Test
  void onlyWhatRunsHasStatistics() {
    String pod = node.run(node.hostNetworkPod("ended"));
    String ended = node.createAndStart(pod, node.container("ended", "true"));
    node.awaitExit(ended);
    String running = node.createAndStart(pod, node.container("running", "sleep", "1000"));

    List<String> ids =
        node
            .runtime()
            .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
            .getStatsList()
            .stream()
            .map(stats -> stats.getAttributes().getId())
            .toList();

    assertEquals(List.of(running), ids);
  }

  @Test
  void everyMetricIsAnnouncedWithItsLabels() {
    String pod = node.run(node.hostNetworkPod("metrics"));
    String container = node.createAndStart(pod, node.container("app", "sh", "-c", BUSY));
    Map<String, Integer> labels = new HashMap<>();
    node.runtime()
        .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
        .getDescriptorsList()
        .forEach(each -> labels.put(each.getName(), each.getLabelKeysCount()));

    List<PodSandboxMetrics> pods =
        node.runtime()
            .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
            .getPodMetricsList();

    assertEquals(1, pods.size());
    assertEquals(pod, pods.get(0).getPodSandboxId());
    assertEquals(container, pods.get(0).getContainerMetrics(0).getContainerId());
    List<Metric> all = new ArrayList<>(pods.get(0).getMetricsList());
    all.addAll(pods.get(0).getContainerMetrics(0).getMetricsList());
    assertFalse(all.isEmpty());
    for (Metric metric : all) {
      assertEquals(labels.get(metric.getName()), metric.getLabelValuesCount(), metric.getName());
    }
    Metric workingSet =
        pods.get(0).getContainerMetrics(0).getMetricsList().stream()
            .filter(metric -> metric.getName().equals("container_memory_working_set_bytes"))
            .findFirst()
            .orElseThrow();
    assertTrue(workingSet.getValue().getValue() > 0);
    assertEquals("app", workingSet.getLabelValues(0));
    assertEquals("metrics", workingSet.getLabelValues(5));
  }

  @Test
  void metricsCanBeStreamed() {
    String pod = node.run(node.hostNetworkPod("stream"));
    List<String> streamed = new ArrayList<>();

    node.runtime()
        .streamPodSandboxMetrics(StreamPodSandboxMetricsRequest.getDefaultInstance())
        .forEachRemaining(
            answer ->
                answer
                    .getPodSandboxMetricsList()
                    .forEach(each -> streamed.add(each.getPodSandboxId())));

    assertEquals(List.of(pod), streamed);
  }

  @Test
  void allThatAContainerUsesIsTold() throws Exception {
    String pod = node.run(node.hostNetworkPod("all"));
    String container =
        node.createAndStart(
            pod,
            limited(node.container("app", "sh", "-c", "x=$(seq 1 100000); sleep 1000"), 64 * MIB));
    node.sh(container, "dd if=/dev/zero of=/file bs=1M count=5; mkdir /folder; sync");

    ContainerStats all = stats(container);

    // What it has written to its own layer, with the files and folders that it made.
    assertTrue(all.getWritableLayer().getUsedBytes().getValue() >= 5 * MIB, all::toString);
    assertTrue(all.getWritableLayer().getInodesUsed().getValue() >= 2, all::toString);
    assertTrue(all.getWritableLayer().getTimestamp() > 0, all::toString);
    assertTrue(
        folder.startsWith(Path.of(all.getWritableLayer().getFsId().getMountpoint()).getParent()),
        all::toString);
    MemoryUsage memory = all.getMemory();
    assertTrue(memory.getRssBytes().getValue() > 0, all::toString);
    assertTrue(memory.getPageFaults().getValue() > 0, all::toString);
    assertTrue(memory.hasMajorPageFaults() && memory.hasAvailableBytes(), all::toString);
    // With a limit of memory and none of swap there is no swap to be had.
    assertEquals(0, all.getSwap().getSwapUsageBytes().getValue(), all::toString);
    assertEquals(0, all.getSwap().getSwapAvailableBytes().getValue(), all::toString);
    assertTrue(all.getSwap().hasSwapUsageBytes(), all::toString);
    for (long time :
        List.of(all.getCpu().getTimestamp(), memory.getTimestamp(), all.getIo().getTimestamp())) {
      assertTrue(time > 0, all::toString);
    }
  }

  @Test
  void howLongAContainerStoodStillIsToldWhereTheKernelKnows() throws Exception {
    String pod = node.run(node.hostNetworkPod("pressure"));
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sh", "-c", BUSY)
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setResources(
                            LinuxContainerResources.newBuilder()
                                .setCpuPeriod(50_000)
                                .setCpuQuota(5_000))));
    boolean known = CgroupFiles.of(node.pidOf(container)).hasPressure();

    ContainerStats all = stats(container);

    assertEquals(known, all.getCpu().hasPsi(), all::toString);
    assertEquals(known, all.getMemory().hasPsi(), all::toString);
    assertEquals(known, all.getIo().hasPsi(), all::toString);
    // It has a tenth of a CPU and wants all of one.
    for (int i = 0; known && i < 3000 && all.getCpu().getPsi().getSome().getTotal() == 0; i++) {
      CriNode.pause();
      all = stats(container);
    }
    assertEquals(known, all.getCpu().getPsi().getSome().getTotal() > 0, all::toString);
  }

  private static ContainerStats stats(String container) {
    return node.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container).build())
        .getStats();
  }

  /** The rate is known from the second measurement on, some time after the first. */
  private static void awaitNanoCores(String container) {
    for (int i = 0; i < 3000; i++) {
      if (stats(container).getCpu().getUsageNanoCores().getValue() > 0) {
        return;
      }
      CriNode.pause();
    }
    assertTrue(false, "no rate of CPU time was measured");
  }

  private static ContainerConfig.Builder limited(ContainerConfig.Builder container, long bytes) {
    return container.setLinux(
        LinuxContainerConfig.newBuilder()
            .setResources(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(bytes)));
  }
}

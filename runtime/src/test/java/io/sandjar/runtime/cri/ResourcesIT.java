package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerResources;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxStatsRequest;
import io.sandjar.cri.v1.UpdateContainerResourcesRequest;
import io.sandjar.cri.v1.UpdatePodSandboxResourcesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits of pods and containers, as the kernel has them. */
@Tag("machine")
class ResourcesIT extends OnNode {
  private static final long MIB = 1 << 20;

  @Test
  void aContainerOverItsMemoryLimitIsOomKilled() {
    String pod = node.run(node.hostNetworkPod("oom"));
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sh", "-c", "exec dd if=/dev/zero of=/dev/null bs=256M count=1")
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setResources(
                            LinuxContainerResources.newBuilder().setMemoryLimitInBytes(32 * MIB))));
    ContainerStatus status = node.awaitExit(container);
    assertEquals("OOMKilled", status.getReason());
    assertEquals(137, status.getExitCode());
    assertEquals(32 * MIB, status.getResources().getLinux().getMemoryLimitInBytes());
  }

  @Test
  void limitsOfARunningContainerCanBeChanged() throws IOException {
    String pod = node.run(node.hostNetworkPod("update"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    node.runtime()
        .updateContainerResources(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(container)
                .setLinux(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64 * MIB)
                        .setCpuPeriod(100_000)
                        .setCpuQuota(50_000)
                        .setCpuShares(512))
                .build());
    CgroupFiles cgroup = CgroupFiles.of(node.pidOf(container));
    assertEquals(Long.toString(64 * MIB), cgroup.memoryLimit());
    assertEquals("50000 100000", cgroup.cpuQuotaAndPeriod());
    LinuxContainerResources told = node.status(container).getResources().getLinux();
    assertEquals(64 * MIB, told.getMemoryLimitInBytes());
    assertEquals(50_000, told.getCpuQuota());
    assertEquals(512, told.getCpuShares());
  }

  @Test
  void limitsOfAWholePodCanBeChanged() throws IOException {
    PodSandboxConfig.Builder config = node.hostNetworkPod("whole");
    config
        .getLinuxBuilder()
        .setResources(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(256 * MIB));
    String pod = node.run(config);
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    CgroupFiles cgroup = CgroupFiles.of(node.pidOf(container)).parent();
    assertEquals(Long.toString(256 * MIB), cgroup.memoryLimit());
    node.runtime()
        .updatePodSandboxResources(
            UpdatePodSandboxResourcesRequest.newBuilder()
                .setPodSandboxId(pod)
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(128 * MIB)
                        .setCpuPeriod(100_000)
                        .setCpuQuota(70_000))
                .build());
    assertEquals(Long.toString(128 * MIB), cgroup.memoryLimit());
    assertEquals("70000 100000", cgroup.cpuQuotaAndPeriod());
  }

  @Test
  void podsThatShareACgroupDoNotEndEachOther() throws IOException {
    String parent = "/sandjar-test-" + Long.toString(System.nanoTime(), 36);
    String first = node.run(sharing("sharing-1", parent));
    String second = node.run(sharing("sharing-2", parent));
    String container = node.createAndStart(second, node.container("main", "sleep", "1000"));
    assertEquals(2, processes(second), "the other pod's are not its own");
    node.removePod(first);
    assertEquals("alive", node.sh(container, "echo alive"));
    node.removePod(second);
    try (Stream<Path> roots = Files.list(Path.of("/sys/fs/cgroup"))) {
      assertEquals(List.of(), roots.filter(root -> Files.exists(Path.of(root + parent))).toList());
    }
  }

  private static long processes(String pod) {
    return node.runtime()
        .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
        .getStats()
        .getLinux()
        .getProcess()
        .getProcessCount()
        .getValue();
  }

  private static PodSandboxConfig.Builder sharing(String name, String parent) {
    PodSandboxConfig.Builder pod = node.pod(name);
    pod.getLinuxBuilder().setCgroupParent(parent);
    return pod;
  }
}

package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerAttributes;
import io.sandjar.cri.v1.ContainerStats;
import io.sandjar.cri.v1.CpuUsage;
import io.sandjar.cri.v1.FilesystemIdentifier;
import io.sandjar.cri.v1.FilesystemUsage;
import io.sandjar.cri.v1.IoUsage;
import io.sandjar.cri.v1.LinuxPodSandboxStats;
import io.sandjar.cri.v1.MemoryUsage;
import io.sandjar.cri.v1.NetworkInterfaceUsage;
import io.sandjar.cri.v1.NetworkUsage;
import io.sandjar.cri.v1.PodSandboxAttributes;
import io.sandjar.cri.v1.PodSandboxStats;
import io.sandjar.cri.v1.ProcessUsage;
import io.sandjar.cri.v1.PsiData;
import io.sandjar.cri.v1.PsiStats;
import io.sandjar.cri.v1.SwapUsage;
import io.sandjar.cri.v1.UInt64Value;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.InterfaceCounters;
import io.sandjar.runtime.container.PodStats;
import io.sandjar.runtime.linux.cgroup.CgroupUsage;
import io.sandjar.runtime.linux.cgroup.Pressure;
import io.sandjar.runtime.sandbox.Sandbox;
import java.util.List;

/** Maps measurements to CRI's answers. */
final class StatsAnswers {

  private StatsAnswers() {}

  static ContainerStats container(PodStats.OfContainer measured, String layersFolder) {
    long now = Times.now();
    Container container = measured.container();
    ContainerStats.Builder stats =
        ContainerStats.newBuilder()
            .setAttributes(
                ContainerAttributes.newBuilder()
                    .setId(container.id())
                    .setMetadata(ContainerAnswers.metadata(container.spec()))
                    .putAllLabels(container.spec().labels())
                    .putAllAnnotations(container.spec().annotations()))
            .setWritableLayer(
                FilesystemUsage.newBuilder()
                    .setTimestamp(now)
                    .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(layersFolder))
                    .setUsedBytes(number(measured.writableLayer().bytes()))
                    .setInodesUsed(number(measured.writableLayer().inodes())));
    measured
        .usage()
        .ifPresent(
            usage ->
                stats
                    .setCpu(cpu(usage, measured.nanoCores()))
                    .setMemory(memory(usage))
                    .setSwap(swap(usage))
                    .setIo(io(usage)));
    return stats.build();
  }

  static PodSandboxStats pod(PodStats.OfPod measured, List<ContainerStats> containers) {
    Sandbox sandbox = measured.sandbox();
    LinuxPodSandboxStats.Builder linux =
        LinuxPodSandboxStats.newBuilder()
            .setNetwork(network(measured.interfaces()))
            .addAllContainers(containers);
    measured
        .usage()
        .ifPresent(
            usage ->
                linux
                    .setCpu(cpu(usage, measured.nanoCores()))
                    .setMemory(memory(usage))
                    .setIo(io(usage))
                    .setProcess(
                        ProcessUsage.newBuilder()
                            .setTimestamp(usage.timestampNanos())
                            .setProcessCount(number(measured.processes()))));
    return PodSandboxStats.newBuilder()
        .setAttributes(
            PodSandboxAttributes.newBuilder()
                .setId(sandbox.id())
                .setMetadata(SandboxAnswers.metadata(sandbox.spec().name()))
                .putAllLabels(sandbox.spec().labels())
                .putAllAnnotations(sandbox.spec().annotations()))
        .setLinux(linux)
        .build();
  }

  private static CpuUsage cpu(CgroupUsage used, long nanoCores) {
    CpuUsage.Builder cpu =
        CpuUsage.newBuilder()
            .setTimestamp(used.timestampNanos())
            .setUsageCoreNanoSeconds(number(used.cpuNanos()))
            .setUsageNanoCores(number(nanoCores));
    used.pressures().cpu().ifPresent(pressure -> cpu.setPsi(psi(pressure)));
    return cpu.build();
  }

  private static MemoryUsage memory(CgroupUsage used) {
    CgroupUsage.Memory memory = used.memory();
    MemoryUsage.Builder usage =
        MemoryUsage.newBuilder()
            .setTimestamp(used.timestampNanos())
            .setWorkingSetBytes(number(memory.workingSet()))
            .setUsageBytes(number(memory.usage()))
            .setRssBytes(number(memory.rss()))
            .setPageFaults(number(memory.pageFaults()))
            .setMajorPageFaults(number(memory.majorPageFaults()));
    memory.available().ifPresent(bytes -> usage.setAvailableBytes(number(bytes)));
    used.pressures().memory().ifPresent(pressure -> usage.setPsi(psi(pressure)));
    return usage.build();
  }

  private static SwapUsage swap(CgroupUsage used) {
    CgroupUsage.Memory memory = used.memory();
    SwapUsage.Builder swap =
        SwapUsage.newBuilder()
            .setTimestamp(used.timestampNanos())
            .setSwapUsageBytes(number(memory.swap()));
    if (memory.swapLimit().isPresent()) {
      swap.setSwapAvailableBytes(
          number(Math.max(0, memory.swapLimit().getAsLong() - memory.swap())));
    }
    return swap.build();
  }

  private static IoUsage io(CgroupUsage used) {
    IoUsage.Builder io = IoUsage.newBuilder().setTimestamp(used.timestampNanos());
    used.pressures().io().ifPresent(pressure -> io.setPsi(psi(pressure)));
    return io.build();
  }

  private static NetworkUsage network(List<InterfaceCounters> interfaces) {
    NetworkUsage.Builder network = NetworkUsage.newBuilder().setTimestamp(Times.now());
    for (InterfaceCounters counters : interfaces) {
      NetworkInterfaceUsage usage =
          NetworkInterfaceUsage.newBuilder()
              .setName(counters.name())
              .setRxBytes(number(counters.rxBytes()))
              .setRxErrors(number(counters.rxErrors()))
              .setTxBytes(number(counters.txBytes()))
              .setTxErrors(number(counters.txErrors()))
              .build();
      if (!network.hasDefaultInterface()) {
        network.setDefaultInterface(usage);
      } else {
        network.addInterfaces(usage);
      }
    }
    return network.build();
  }

  private static PsiStats psi(Pressure pressure) {
    return PsiStats.newBuilder()
        .setSome(psi(pressure.some()))
        .setFull(psi(pressure.full()))
        .build();
  }

  private static PsiData psi(Pressure.Line line) {
    return PsiData.newBuilder()
        .setTotal(line.totalMicros())
        .setAvg10(line.avg10())
        .setAvg60(line.avg60())
        .setAvg300(line.avg300())
        .build();
  }

  static UInt64Value number(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}

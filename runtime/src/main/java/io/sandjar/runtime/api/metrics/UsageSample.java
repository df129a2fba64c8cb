package io.sandjar.runtime.api.metrics;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.linux.MachineUsage;
import io.sandjar.runtime.linux.cgroup.CgroupUsage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What running containers, by their ids, and the machine have used until a moment. */
record UsageSample(Map<String, CgroupUsage> containers, MachineUsage machine, long nanoTime) {

  static UsageSample of(PodEngine engine, List<Container> running) throws IOException {
    var usage = new LinkedHashMap<String, CgroupUsage>();
    running.forEach(
        container ->
            engine.stats().usage(container).ifPresent(read -> usage.put(container.id(), read)));
    return new UsageSample(usage, MachineUsage.now(), System.nanoTime());
  }

  /** What a container, there at both moments, used of CPU since then, and has of memory now. */
  Map<String, Object> since(UsageSample earlier, String containerId) {
    CgroupUsage before = earlier.containers.get(containerId);
    CgroupUsage now = containers.get(containerId);
    return usage(
        now.cpuNanos() - before.cpuNanos(), nanoTime - earlier.nanoTime, now.memory().workingSet());
  }

  /** The same of the machine. */
  Map<String, Object> since(UsageSample earlier) {
    return usage(
        machine.cpuNanos() - earlier.machine.cpuNanos(),
        nanoTime - earlier.nanoTime,
        machine.memoryBytes());
  }

  private static Map<String, Object> usage(long cpuNanos, long passedNanos, long memoryBytes) {
    double cores = Math.max(0, (double) cpuNanos / Math.max(1, passedNanos));
    var usage = new LinkedHashMap<String, Object>();
    usage.put("cpu", Math.round(cores * 1e9) + "n");
    usage.put("memory", memoryBytes / 1024 + "Ki");
    return usage;
  }
}

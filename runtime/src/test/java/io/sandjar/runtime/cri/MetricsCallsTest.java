package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.Metric;
import io.sandjar.cri.v1.MetricDescriptor;
import io.sandjar.runtime.container.InterfaceCounters;
import io.sandjar.runtime.linux.cgroup.CgroupStats;
import io.sandjar.runtime.linux.cgroup.CgroupUsage;
import io.sandjar.runtime.linux.cgroup.Pressure;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsCallsTest {
  private static final List<String> BASE =
      List.of("web", "/kubepods/pod1/abc", "nginx", "abc", "default", "web-0");

  private final CgroupStats stats =
      new CgroupStats(
          new CgroupUsage(
              1_000,
              7_500_000_000L,
              new CgroupUsage.Memory(
                  100, 90, 80, 33, 2, 1, OptionalLong.of(500), OptionalLong.empty()),
              new CgroupUsage.Pressures(
                  Optional.of(
                      new Pressure(
                          new Pressure.Line(0, 0, 0, 4_000_000),
                          new Pressure.Line(0, 0, 0, 1_000_000))),
                  Optional.empty(),
                  Optional.empty())),
          new CgroupStats.Cpu(5_000_000_000L, 2_000_000_000L, 10, 3, 0),
          new CgroupStats.Memory(200, 10, 5, 4, 6, 7),
          new CgroupStats.Pids(3, 9, OptionalLong.empty()),
          List.of(new CgroupStats.BlockIo(8, 0, 11, 12, 13, 14)));

  private List<Metric> metrics() {
    return CgroupMetrics.FAMILIES.stream()
        .flatMap(family -> family.metrics(stats, 1_000, BASE).stream())
        .toList();
  }

  @Test
  void everyDescriptorIsThereOnceWithTheKubeletsLabelsFirst() {
    Set<String> names = new HashSet<>();
    for (MetricDescriptor descriptor : MetricsCalls.all()) {
      assertTrue(names.add(descriptor.getName()), descriptor.getName());
      assertFalse(descriptor.getHelp().isEmpty());
      assertEquals(
          List.of("container", "id", "image", "name", "namespace", "pod"),
          descriptor.getLabelKeysList().subList(0, 6));
    }
    assertTrue(
        names.containsAll(
            List.of(
                "container_cpu_usage_seconds_total",
                "container_memory_working_set_bytes",
                "container_network_receive_bytes_total",
                "container_fs_usage_bytes",
                "container_oom_events_total",
                "container_start_time_seconds")));
  }

  @Test
  void everyMetricHasAValueForEachOfItsLabels() {
    Map<String, MetricDescriptor> descriptors =
        MetricsCalls.all().stream()
            .collect(Collectors.toMap(MetricDescriptor::getName, each -> each));
    for (Metric metric : metrics()) {
      assertEquals(
          descriptors.get(metric.getName()).getLabelKeysCount(),
          metric.getLabelValuesCount(),
          metric.getName());
    }
  }

  @Test
  void valuesAreThoseOfTheCgroup() {
    assertEquals(7, value("container_cpu_usage_seconds_total"));
    assertEquals(90, value("container_memory_working_set_bytes"));
    assertEquals(500, value("container_spec_memory_limit_bytes"));
    assertEquals(7, value("container_oom_events_total"));
    assertEquals(12, value("container_fs_writes_bytes_total"));
    assertEquals(4, value("container_pressure_cpu_waiting_seconds_total"));
    assertEquals(1, value("container_pressure_cpu_stalled_seconds_total"));
    assertEquals(9, value("container_threads"));
  }

  @Test
  void whatTheKernelDoesNotKeepIsNotTold() {
    assertTrue(
        metrics().stream()
            .noneMatch(metric -> metric.getName().startsWith("container_pressure_memory")));
  }

  @Test
  void eachInterfaceIsOnItsOwn() {
    List<InterfaceCounters> two =
        List.of(
            new InterfaceCounters("eth0", 1, 2, 3, 4, 5, 6, 7, 8),
            new InterfaceCounters("eth1", 10, 20, 30, 40, 50, 60, 70, 80));

    List<Metric> received = NetworkMetrics.FAMILIES.get(0).metrics(two, 1, BASE);

    assertEquals(List.of("eth0", "eth1"), received.stream().map(m -> m.getLabelValues(6)).toList());
    assertEquals(List.of(1L, 10L), received.stream().map(m -> m.getValue().getValue()).toList());
  }

  private long value(String name) {
    return metrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getValue()
        .getValue();
  }
}

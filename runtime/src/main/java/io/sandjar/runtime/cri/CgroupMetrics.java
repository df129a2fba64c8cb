package io.sandjar.runtime.cri;

import static io.sandjar.runtime.cri.MetricFamily.counter;
import static io.sandjar.runtime.cri.MetricFamily.gauge;

import io.sandjar.cri.v1.MetricType;
import io.sandjar.runtime.cri.MetricFamily.Sample;
import io.sandjar.runtime.linux.cgroup.CgroupStats;
import io.sandjar.runtime.linux.cgroup.CgroupUsage;
import io.sandjar.runtime.linux.cgroup.CgroupUsage.Pressures;
import io.sandjar.runtime.linux.cgroup.Pressure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What a cgroup tells, of a pod's and of a container's alike, by the names that cAdvisor gives it.
 * CRI's metrics are whole numbers, so seconds are.
 */
final class CgroupMetrics {
  private static final String CONTAINER_SCOPE = "container";
  private static final String HIERARCHY_SCOPE = "hierarchy";

  static final List<MetricFamily<CgroupStats>> FAMILIES =
      List.of(
          new MetricFamily<>(
              "container_cpu_usage_seconds_total",
              "Cumulative cpu time consumed in seconds.",
              MetricType.COUNTER,
              List.of("cpu"),
              stats -> List.of(Sample.of(seconds(stats.usage().cpuNanos()), "total"))),
          counter(
              "container_cpu_user_seconds_total",
              "Cumulative user cpu time consumed in seconds.",
              stats -> seconds(stats.cpu().userNanos())),
          counter(
              "container_cpu_system_seconds_total",
              "Cumulative system cpu time consumed in seconds.",
              stats -> seconds(stats.cpu().systemNanos())),
          counter(
              "container_cpu_cfs_periods_total",
              "Number of elapsed enforcement period intervals.",
              stats -> stats.cpu().periods()),
          counter(
              "container_cpu_cfs_throttled_periods_total",
              "Number of throttled period intervals.",
              stats -> stats.cpu().throttledPeriods()),
          counter(
              "container_cpu_cfs_throttled_seconds_total",
              "Total time duration the container has been throttled.",
              stats -> seconds(stats.cpu().throttledNanos())),
          used(
              "container_memory_usage_bytes",
              "Memory in use, page cache included.",
              used -> used.usage()),
          used(
              "container_memory_working_set_bytes",
              "Memory in use that cannot be reclaimed easily.",
              used -> used.workingSet()),
          used("container_memory_rss", "Size of anonymous memory in bytes.", used -> used.rss()),
          memory("container_memory_cache", "Size of the page cache in bytes.", m -> m.cache()),
          memory(
              "container_memory_mapped_file", "Size of memory mapped files.", m -> m.mappedFile()),
          memory(
              "container_memory_kernel_usage", "Size of kernel memory in bytes.", m -> m.kernel()),
          used("container_memory_swap", "Swap in use in bytes.", used -> used.swap()),
          memory(
              "container_memory_max_usage_bytes",
              "Maximum memory usage recorded in bytes.",
              m -> m.maxUsage()),
          counter(
              "container_memory_failcnt",
              "Number of times that memory usage hit its limit.",
              stats -> stats.memory().failures()),
          new MetricFamily<>(
              "container_memory_failures_total",
              "Cumulative count of page faults.",
              MetricType.COUNTER,
              List.of("failure_type", "scope"),
              CgroupMetrics::faults),
          counter(
              "container_oom_events_total",
              "Count of processes killed for want of memory.",
              stats -> stats.memory().oomKills()),
          gauge(
              "container_spec_memory_limit_bytes",
              "Memory limit; 0 without one.",
              stats -> stats.usage().memory().limit().orElse(0)),
          gauge(
              "container_processes",
              "Number of processes running inside.",
              stats -> stats.pids().processes()),
          gauge(
              "container_threads",
              "Number of threads running inside.",
              stats -> stats.pids().threads()),
          gauge(
              "container_threads_max",
              "Maximum number of threads allowed inside; 0 without a limit.",
              stats -> stats.pids().limit().orElse(0)),
          device("container_fs_reads_total", "Count of reads completed.", io -> io.reads()),
          device("container_fs_reads_bytes_total", "Count of bytes read.", io -> io.readBytes()),
          device("container_fs_writes_total", "Count of writes completed.", io -> io.writes()),
          device(
              "container_fs_writes_bytes_total", "Count of bytes written.", io -> io.writeBytes()),
          pressure("cpu", "waiting", Pressures::cpu, Pressure::some),
          pressure("cpu", "stalled", Pressures::cpu, Pressure::full),
          pressure("memory", "waiting", Pressures::memory, Pressure::some),
          pressure("memory", "stalled", Pressures::memory, Pressure::full),
          pressure("io", "waiting", Pressures::io, Pressure::some),
          pressure("io", "stalled", Pressures::io, Pressure::full));

  private CgroupMetrics() {}

  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos);
  }

  private static MetricFamily<CgroupStats> used(
      String name, String help, ToLongFunction<CgroupUsage.Memory> value) {
    return gauge(name, help, stats -> value.applyAsLong(stats.usage().memory()));
  }

  private static MetricFamily<CgroupStats> memory(
      String name, String help, ToLongFunction<CgroupStats.Memory> value) {
    return gauge(name, help, stats -> value.applyAsLong(stats.memory()));
  }

  /** The kernel counts the cgroups below too, so both scopes are the same here. */
  private static List<Sample> faults(CgroupStats stats) {
    List<Sample> samples = new ArrayList<>();
    for (String scope : List.of(CONTAINER_SCOPE, HIERARCHY_SCOPE)) {
      samples.add(Sample.of(stats.usage().memory().pageFaults(), "pgfault", scope));
      samples.add(Sample.of(stats.usage().memory().majorPageFaults(), "pgmajfault", scope));
    }
    return samples;
  }

  private static MetricFamily<CgroupStats> device(
      String name, String help, ToLongFunction<CgroupStats.BlockIo> value) {
    return new MetricFamily<>(
        name,
        help,
        MetricType.COUNTER,
        List.of("device"),
        stats ->
            stats.io().stream()
                .map(io -> Sample.of(value.applyAsLong(io), io.major() + ":" + io.minor()))
                .toList());
  }

  /** None where the kernel keeps no pressure. */
  private static MetricFamily<CgroupStats> pressure(
      String resource,
      String how,
      Function<Pressures, Optional<Pressure>> of,
      Function<Pressure, Pressure.Line> line) {
    return new MetricFamily<>(
        "container_pressure_" + resource + "_" + how + "_seconds_total",
        "Total time duration tasks in the container were " + how + " for " + resource + ".",
        MetricType.COUNTER,
        List.of(),
        stats ->
            of.apply(stats.usage().pressures())
                .map(line)
                .map(each -> Sample.of(TimeUnit.MICROSECONDS.toSeconds(each.totalMicros())))
                .map(List::of)
                .orElse(List.of()));
  }
}

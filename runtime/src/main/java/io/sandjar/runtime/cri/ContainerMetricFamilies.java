package io.sandjar.runtime.cri;

import static io.sandjar.runtime.cri.MetricFamily.gauge;

import io.sandjar.cri.v1.MetricType;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.cri.MetricFamily.Sample;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.linux.cgroup.Resources;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/** What is known of a container beside its cgroup: its start, its limits and its disk usage. */
final class ContainerMetricFamilies {

  /** Whose metrics they are. */
  record Subject(Container container, Usage writableLayer) {}

  static final List<MetricFamily<Subject>> FAMILIES =
      List.of(
          gauge(
              "container_start_time_seconds",
              "Start time of the container since unix epoch in seconds.",
              subject -> subject.container().startedAt().map(Instant::getEpochSecond).orElse(0L)),
          gauge(
              "container_last_seen",
              "Last time a container was seen by the exporter.",
              subject -> Instant.now().getEpochSecond()),
          spec("container_spec_cpu_shares", "CPU share of the container.", Resources::cpuShares),
          spec("container_spec_cpu_period", "CPU period of the container.", Resources::cpuPeriod),
          spec("container_spec_cpu_quota", "CPU quota of the container.", Resources::cpuQuota),
          spec(
              "container_spec_memory_swap_limit_bytes",
              "Limit of memory and swap together.",
              Resources::memorySwapLimit),
          gauge(
              "container_fs_usage_bytes",
              "Bytes that the container has written to its layer.",
              subject -> subject.writableLayer().bytes()));

  private ContainerMetricFamilies() {}

  /** None where nothing is set. */
  private static MetricFamily<Subject> spec(
      String name, String help, Function<Resources, OptionalLong> value) {
    return new MetricFamily<>(
        name,
        help,
        MetricType.GAUGE,
        List.of(),
        subject -> {
          OptionalLong set = value.apply(subject.container().spec().resources());
          return set.isPresent() ? List.of(Sample.of(Math.max(0, set.getAsLong()))) : List.of();
        });
  }
}

package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.Metric;
import io.sandjar.cri.v1.MetricDescriptor;
import io.sandjar.cri.v1.MetricType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Metrics of one name, and how they are read off a measurement.
 *
 * @param <T> the measurement
 * @param labels beside those that every metric has
 */
record MetricFamily<T>(
    String name,
    String help,
    MetricType type,
    List<String> labels,
    Function<T, List<Sample>> samples) {

  /** A value with the values of its family's own labels. */
  record Sample(List<String> labelValues, long value) {
    static Sample of(long value, String... labelValues) {
      return new Sample(List.of(labelValues), value);
    }
  }

  static <T> MetricFamily<T> counter(String name, String help, ToLongFunction<T> value) {
    return single(name, help, MetricType.COUNTER, value);
  }

  static <T> MetricFamily<T> gauge(String name, String help, ToLongFunction<T> value) {
    return single(name, help, MetricType.GAUGE, value);
  }

  private static <T> MetricFamily<T> single(
      String name, String help, MetricType type, ToLongFunction<T> value) {
    return new MetricFamily<>(
        name, help, type, List.of(), measured -> List.of(Sample.of(value.applyAsLong(measured))));
  }

  /**
   * @param base the labels that every metric has
   */
  MetricDescriptor descriptor(List<String> base) {
    return MetricDescriptor.newBuilder()
        .setName(name)
        .setHelp(help)
        .addAllLabelKeys(base)
        .addAllLabelKeys(labels)
        .build();
  }

  /**
   * @param base the values of the labels that every metric has
   */
  List<Metric> metrics(T measured, long timestamp, List<String> base) {
    List<Metric> metrics = new ArrayList<>();
    for (Sample sample : samples.apply(measured)) {
      metrics.add(
          Metric.newBuilder()
              .setName(name)
              .setTimestamp(timestamp)
              .setMetricType(type)
              .addAllLabelValues(base)
              .addAllLabelValues(sample.labelValues())
              .setValue(StatsAnswers.number(sample.value()))
              .build());
    }
    return metrics;
  }
}

package io.sandjar.runtime.metric;

import java.util.Map;

/** Writes samples in Prometheus' text format. */
public final class MetricWriter {
  private final StringBuilder text = new StringBuilder();

  /** Starts a metric: its samples follow. */
  public MetricWriter gauge(String name, String help) {
    return head(name, help, "gauge");
  }

  /** Starts a metric that only grows: its samples follow. */
  public MetricWriter counter(String name, String help) {
    return head(name, help, "counter");
  }

  /** Starts a metric that counts observations in buckets: its samples follow. */
  MetricWriter histogram(String name, String help) {
    return head(name, help, "histogram");
  }

  private MetricWriter head(String name, String help, String type) {
    text.append("# HELP ").append(name).append(' ').append(escaped(help)).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  public MetricWriter sample(String name, double value) {
    return sample(name, Map.of(), value);
  }

  /** One sample; labels are written in the map's order. */
  public MetricWriter sample(String name, Map<String, String> labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{');
      labels.forEach(
          (label, text) ->
              this.text
                  .append(label)
                  .append("=\"")
                  .append(escaped(text).replace("\"", "\\\""))
                  .append("\","));
      text.setCharAt(text.length() - 1, '}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1L << 53
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\n", "\\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}

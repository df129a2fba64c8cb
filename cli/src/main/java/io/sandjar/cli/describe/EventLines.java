package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.Ages;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The events at the end of a description. */
final class EventLines {

  private EventLines() {}

  static void write(Lines lines, List<Map<String, Object>> events) {
    if (events.isEmpty()) {
      lines.field(0, "Events", "<none>");
      return;
    }
    lines.line(0, "Events:");
    lines.line(1, "Type\tReason\tAge\tFrom\tMessage");
    lines.line(1, "----\t------\t----\t----\t-------");
    events.stream()
        .sorted(Comparator.comparing(EventLines::last))
        .forEach(event -> lines.line(1, row(event)));
  }

  private static String last(Map<String, Object> event) {
    return text(event.getOrDefault("lastTimestamp", event.get("eventTime")));
  }

  private static String row(Map<String, Object> event) {
    var first = event.getOrDefault("firstTimestamp", event.get("eventTime"));
    var age = Ages.since(first);
    if (event.get("count") instanceof Number count && count.intValue() > 1) {
      age = Ages.since(event.get("lastTimestamp")) + " (x" + count + " over " + age + ")";
    }
    var source = text(KubeApi.map(event, "source").get("component"));
    return String.join(
        "\t",
        text(event.get("type")),
        text(event.get("reason")),
        age,
        source.isEmpty() ? text(event.get("reportingComponent")) : source,
        text(event.get("message")).strip());
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }
}

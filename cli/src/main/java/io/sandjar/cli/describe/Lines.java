package io.sandjar.cli.describe;

import io.sandjar.cli.output.ElasticTabs;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The lines of a description: names and values, indented by what they belong to. */
final class Lines {
  private static final String INDENT = "  ";
  private static final int LONGEST_ANNOTATION = 140;
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
  private static final DateTimeFormatter RFC_1123 =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss xx", Locale.ROOT);

  private final StringBuilder text = new StringBuilder();

  /** A line as it is; a tab ends a cell that is aligned with those above and below it. */
  void line(int level, String line) {
    text.append(INDENT.repeat(level)).append(line).append('\n');
  }

  void field(int level, String name, Object value) {
    line(level, name + ":\t" + value);
  }

  /** A field that is left out where there is no value. */
  void optional(int level, String name, Object value) {
    if (value != null && !value.toString().isEmpty()) {
      field(level, name, value);
    }
  }

  void time(int level, String name, Object timestamp) {
    if (timestamp != null) {
      field(level, name, time(timestamp));
    }
  }

  /** An RFC 3339 timestamp as people read it, in their zone. */
  static String time(Object timestamp) {
    return timestamp == null
        ? ""
        : OffsetDateTime.parse(timestamp.toString())
            .atZoneSameInstant(ZoneId.systemDefault())
            .format(RFC_1123);
  }

  /** A field of several values, each on a line of its own. */
  void list(int level, String name, List<String> values) {
    if (values.isEmpty()) {
      field(level, name, "<none>");
    }
    for (int i = 0; i < values.size(); i++) {
      line(level, (i == 0 ? name + ":" : "") + "\t" + values.get(i));
    }
  }

  void labels(int level, String name, Map<String, Object> labels) {
    list(
        level,
        name,
        new TreeMap<>(labels)
            .entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()).toList());
  }

  void annotations(Map<String, Object> annotations) {
    var shown = new TreeMap<>(annotations);
    shown.remove(LAST_APPLIED);
    if (shown.isEmpty()) {
      field(0, "Annotations", "<none>");
    }
    var head = "Annotations:";
    for (var annotation : shown.entrySet()) {
      var value = String.valueOf(annotation.getValue()).replaceFirst("\n$", "");
      if (value.length() + annotation.getKey().length() + 2 > LONGEST_ANNOTATION
          || value.contains("\n")) {
        line(0, head + "\t" + annotation.getKey() + ":");
        for (var part : value.split("\n", -1)) {
          boolean tooLong = part.length() > LONGEST_ANNOTATION - 2;
          line(0, "\t  " + (tooLong ? part.substring(0, LONGEST_ANNOTATION - 2) + "..." : part));
        }
      } else {
        line(0, head + "\t" + annotation.getKey() + ": " + value);
      }
      head = "";
    }
  }

  /** With its columns aligned. */
  String text() {
    return ElasticTabs.align(text.toString());
  }
}

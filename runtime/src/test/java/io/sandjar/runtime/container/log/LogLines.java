package io.sandjar.runtime.container.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A log as a strict reader sees it: every line must be a record. */
record LogLines(List<Entry> entries) {
  private static final Pattern RECORD =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z (stdout|stderr) ([PF]) (.*)",
          Pattern.DOTALL);

  record Entry(String stream, boolean full, String text) {}

  static LogLines of(Path log) throws IOException {
    var content = Files.readString(log, StandardCharsets.UTF_8);
    if (!content.isEmpty() && !content.endsWith("\n")) {
      throw new AssertionError(log + " ends in the middle of a record");
    }
    return new LogLines(content.lines().map(LogLines::entry).toList());
  }

  private static Entry entry(String line) {
    var record = RECORD.matcher(line);
    if (!record.matches()) {
      throw new AssertionError("no record: " + line);
    }
    return new Entry(record.group(1), record.group(2).equals("F"), record.group(3));
  }

  /** What the container wrote to the stream. */
  String text(String stream) {
    var text = new StringBuilder();
    for (var entry : entries) {
      if (entry.stream().equals(stream)) {
        text.append(entry.text());
        if (entry.full()) {
          text.append('\n');
        }
      }
    }
    return text.toString();
  }
}

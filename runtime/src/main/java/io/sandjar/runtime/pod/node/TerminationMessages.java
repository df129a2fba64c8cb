package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerEnd;
import io.sandjar.runtime.pod.plan.PodFolders;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads a container's last words: from its message file, or else from the end of its log. */
final class TerminationMessages {
  private static final int LONGEST_FILE = 4096;
  private static final int LONGEST_LOG = 2048;
  private static final int LOG_LINES = 80;

  private final PodFolders folders;

  TerminationMessages(PodFolders folders) {
    this.folders = folders;
  }

  String of(Map<String, Object> template, Container container) {
    String own = container.end().map(ContainerEnd::message).orElse("");
    if (!own.isEmpty()) {
      return own;
    }
    Path file =
        folders.terminationMessage(
            container.record().pod().uid(),
            container.spec().name().name(),
            container.spec().name().attempt());
    try {
      String message = file(file);
      boolean fallBack =
          "FallbackToLogsOnError".equals(template.get("terminationMessagePolicy"))
              && Restarts.exitCode(container) != 0;
      return message.isEmpty() && fallBack ? logEnd(container) : message;
    } catch (IOException e) {
      return "cannot read the termination message: " + e.getMessage();
    }
  }

  private static String file(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return new String(in.readNBytes(LONGEST_FILE), StandardCharsets.UTF_8);
    }
  }

  private static String logEnd(Container container) throws IOException {
    Path log = Path.of(container.record().logFile());
    if (!Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      // Each line carries a timestamp and two tags, which the message leaves out.
      long from = Math.max(0, file.length() - 4L * LONGEST_LOG);
      byte[] end = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(end);
      var lines = new String(end, StandardCharsets.UTF_8).lines().skip(from > 0 ? 1 : 0).toList();
      String text =
          lines.stream()
              .skip(Math.max(0, lines.size() - LOG_LINES))
              .map(line -> line.split(" ", 4))
              .filter(parts -> parts.length == 4)
              .map(parts -> parts[3] + "\n")
              .collect(Collectors.joining());
      return text.length() > LONGEST_LOG ? text.substring(text.length() - LONGEST_LOG) : text;
    }
  }
}

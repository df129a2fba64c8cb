package io.sandjar.cli.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An answer's status line and headers.
 *
 * @param headers by name, whose case does not count
 */
record HttpHead(int status, String reason, Map<String, String> headers) {
  private static final int MAX_LINE_BYTES = 64 * 1024;

  static HttpHead read(InputStream in) throws IOException {
    var parts = readLine(in).split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("the daemon's answer is not HTTP: " + String.join(" ", parts));
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (var line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.merge(
            line.substring(0, colon), line.substring(colon + 1).trim(), (a, b) -> a + ", " + b);
      }
    }
    return new HttpHead(Integer.parseInt(parts[1]), parts.length > 2 ? parts[2] : "", headers);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** One line without its end. */
  static String readLine(InputStream in) throws IOException {
    var line = new StringBuilder();
    while (true) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException("the daemon closed the connection in the middle of its answer");
      }
      if (octet == '\n') {
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      if (line.length() == MAX_LINE_BYTES) {
        throw new IOException("the daemon's answer has a header of over 64 KiB");
      }
      line.append((char) octet);
    }
  }
}

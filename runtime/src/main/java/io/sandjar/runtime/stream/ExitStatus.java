package io.sandjar.runtime.stream;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a remote command ended, as its error stream tells it. */
sealed interface ExitStatus {

  /** The process ended with this code. */
  record Exited(int code) implements ExitStatus {}

  /** It could not be started, or its fate is unknown. */
  record Failed(String message) implements ExitStatus {}

  /** From v4 on a Kubernetes Status; before that a text, and nothing for a success. */
  default byte[] encode(RemoteCommandProtocol protocol) {
    return protocol.tellsStatus() ? json() : text().getBytes(StandardCharsets.UTF_8);
  }

  private byte[] json() {
    var status = new LinkedHashMap<String, Object>();
    status.put("metadata", Map.of());
    if (this instanceof Exited exited && exited.code == 0) {
      status.put("status", "Success");
    } else {
      status.put("status", "Failure");
      status.put("message", this instanceof Failed failed ? internal(failed) : text());
      status.put("reason", this instanceof Failed ? "InternalError" : "NonZeroExitCode");
      status.put("details", Map.of("causes", List.of(cause())));
      if (this instanceof Failed) {
        status.put("code", 500);
      }
    }
    try {
      return JSON.std.asBytes(status);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> cause() {
    return this instanceof Exited exited
        ? Map.of("reason", "ExitCode", "message", Integer.toString(exited.code))
        : Map.of("message", text());
  }

  private static String internal(Failed failed) {
    return "Internal error occurred: " + failed.message;
  }

  private String text() {
    if (this instanceof Exited exited) {
      return exited.code == 0 ? "" : "command terminated with non-zero exit code: " + exited.code;
    }
    return ((Failed) this).message;
  }
}

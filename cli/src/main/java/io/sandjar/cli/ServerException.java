package io.sandjar.cli;

import io.sandjar.cli.http.HttpResponse;
import io.sandjar.cli.output.JsonReader;
import java.io.IOException;
import java.util.Map;

/** The daemon refused: its Status object, said as kubectl says it. */
public final class ServerException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final String reason;

  private ServerException(int code, String reason, String message) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** Reads a failed answer's body. */
  static ServerException of(HttpResponse response) throws IOException {
    var text = response.text();
    Map<String, Object> status;
    try {
      status = JsonReader.object(text);
    } catch (IOException notJson) {
      status = Map.of();
    }
    var message = String.valueOf(status.getOrDefault("message", text.strip()));
    return new ServerException(
        response.status(),
        String.valueOf(status.getOrDefault("reason", "")),
        message.isEmpty() ? "HTTP status " + response.status() : message);
  }

  /** As kubectl says it. */
  public String said() {
    return said("");
  }

  /**
   * As above, about one of several things.
   *
   * @param what was tried, with a colon; may be empty
   */
  public String said(String what) {
    return "Error from server"
        + (reason.isEmpty() ? "" : " (" + reason + ")")
        + ": "
        + what
        + getMessage();
  }

  /** The HTTP status. */
  public int code() {
    return code;
  }

  /** The API machinery's word, such as {@code NotFound}; empty where the daemon gave none. */
  public String reason() {
    return reason;
  }
}

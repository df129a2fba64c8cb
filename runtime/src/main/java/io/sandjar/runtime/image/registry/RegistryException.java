package io.sandjar.runtime.image.registry;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A registry's refusal: its status, and what it said. */
final class RegistryException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int BODY_LIMIT = 16 << 10;

  private final int status;

  private RegistryException(int status, String message) {
    super(message);
    this.status = status;
  }

  static RegistryException of(HttpResponse<InputStream> response) {
    String said = said(response);
    return new RegistryException(
        response.statusCode(),
        response.request().method()
            + " "
            + response.uri().getPath()
            + " answered "
            + response.statusCode()
            + (said.isEmpty() ? "" : ": " + said));
  }

  int status() {
    return status;
  }

  Kind kind() {
    return switch (status) {
      case 401, 403 -> Kind.PERMISSION_DENIED;
      case 404 -> Kind.NOT_FOUND;
      default -> Kind.UNAVAILABLE;
    };
  }

  /** The message of the distribution spec's error document, or the text as it is. */
  private static String said(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      byte[] bytes = body.readNBytes(BODY_LIMIT);
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      try {
        if (JSON.std.anyFrom(bytes) instanceof Map<?, ?> tree
            && tree.get("errors") instanceof List<?> errors
            && !errors.isEmpty()
            && errors.get(0) instanceof Map<?, ?> first) {
          return first.get("code") + " (" + first.get("message") + ")";
        }
      } catch (IOException e) {
        // Not that document.
      }
      return text.startsWith("<") || text.length() > 200 ? "" : text;
    } catch (IOException e) {
      return "";
    }
  }
}

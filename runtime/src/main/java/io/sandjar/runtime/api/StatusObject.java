package io.sandjar.runtime.api;

import io.sandjar.runtime.EngineException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A failure as Kubernetes clients read it: the Status object of the API machinery.
 *
 * @param code the HTTP status
 * @param reason the API machinery's word for it, which clients compare with
 * @param details what the failure is about (name, kind, causes), or empty
 * @param metadata of a list that could not be made
 */
public record StatusObject(
    int code,
    String reason,
    String message,
    Map<String, Object> details,
    Map<String, Object> metadata) {

  public StatusObject(int code, String reason, String message, Map<String, Object> details) {
    this(code, reason, message, details, Map.of());
  }

  public StatusObject(int code, String reason, String message) {
    this(code, reason, message, Map.of());
  }

  public static StatusObject of(Throwable error) {
    if (error instanceof ApiException refusal) {
      return refusal.status();
    }
    var message = EngineException.messageOf(error);
    return switch (EngineException.kindOf(error)) {
      case INVALID_ARGUMENT -> new StatusObject(400, "BadRequest", message);
      case NOT_FOUND -> new StatusObject(404, "NotFound", message);
      case ALREADY_EXISTS -> new StatusObject(409, "AlreadyExists", message);
      case FAILED_PRECONDITION -> new StatusObject(409, "Conflict", message);
      case PERMISSION_DENIED -> new StatusObject(403, "Forbidden", message);
      case RESOURCE_EXHAUSTED -> new StatusObject(429, "TooManyRequests", message);
      case DEADLINE_EXCEEDED -> new StatusObject(504, "Timeout", message);
      // Nothing is wrong with the request, nor in conflict with it: it can be made again.
      case CANCELLED, UNAVAILABLE -> new StatusObject(503, "ServiceUnavailable", message);
      case UNIMPLEMENTED -> new StatusObject(501, "NotImplemented", message);
      case INTERNAL -> new StatusObject(500, "InternalError", message);
    };
  }

  /** The JSON tree. */
  public Map<String, Object> toTree() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("kind", "Status");
    tree.put("apiVersion", "v1");
    tree.put("metadata", metadata);
    tree.put("status", "Failure");
    tree.put("message", message);
    tree.put("reason", reason);
    if (!details.isEmpty()) {
      tree.put("details", details);
    }
    tree.put("code", code);
    return tree;
  }
}

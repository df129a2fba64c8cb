package io.sandjar.runtime.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds the handler of a request by its method and path.
 *
 * <p>A pattern's segment is literal, {@code {name}} for any one segment, or, as the last one,
 * {@code {name...}} for all that follows. A literal wins over a parameter.
 */
public final class Router implements Handler {

  private static final String ANY_METHOD = null;

  /** One segment of all patterns that share what stands before it. */
  private static final class Node {
    private final Map<String, Node> literals = new HashMap<>();
    private Node any;
    private Node rest;
    private final Map<String, Route> routes = new TreeMap<>();

    private boolean takes(String method) {
      return method == ANY_METHOD ? !routes.isEmpty() : routes.containsKey(method);
    }

    private void addTo(SortedSet<String> patterns) {
      routes.values().forEach(route -> patterns.add(route.pattern()));
      literals.values().forEach(next -> next.addTo(patterns));
      Stream.of(any, rest).filter(Objects::nonNull).forEach(next -> next.addTo(patterns));
    }
  }

  private record Route(String pattern, List<String> names, Handler handler) {}

  private final Node root = new Node();

  public Router get(String pattern, Handler handler) {
    return on("GET", pattern, handler);
  }

  public Router post(String pattern, Handler handler) {
    return on("POST", pattern, handler);
  }

  public Router put(String pattern, Handler handler) {
    return on("PUT", pattern, handler);
  }

  public Router patch(String pattern, Handler handler) {
    return on("PATCH", pattern, handler);
  }

  public Router delete(String pattern, Handler handler) {
    return on("DELETE", pattern, handler);
  }

  public Router on(String method, String pattern, Handler handler) {
    var node = root;
    var names = new java.util.ArrayList<String>();
    for (var segment : segments(pattern)) {
      if (segment.startsWith("{") && segment.endsWith("...}")) {
        names.add(segment.substring(1, segment.length() - 4));
        node = node.rest = node.rest == null ? new Node() : node.rest;
      } else if (segment.startsWith("{") && segment.endsWith("}")) {
        names.add(segment.substring(1, segment.length() - 1));
        node = node.any = node.any == null ? new Node() : node.any;
      } else {
        node = node.literals.computeIfAbsent(segment, missing -> new Node());
      }
    }
    var earlier = node.routes.putIfAbsent(method, new Route(pattern, List.copyOf(names), handler));
    if (earlier != null) {
      throw new IllegalStateException(
          method + " " + pattern + " is routed already, by " + earlier.pattern());
    }
    return this;
  }

  /** All that it has a handler for. */
  public SortedSet<String> patterns() {
    var patterns = new TreeSet<String>();
    root.addTo(patterns);
    return patterns;
  }

  @Override
  public Response handle(Request request) throws Exception {
    var segments = segments(request.rawPath());
    var values = new String[segments.size()];
    var method = request.method().equals("HEAD") ? "GET" : request.method();
    var node = find(root, segments, 0, values, 0, method);
    if (node == null) {
      throw refusal(request, find(root, segments, 0, values, 0, ANY_METHOD));
    }
    var route = node.routes.get(method);
    var params = new HashMap<String, String>();
    for (int i = 0; i < route.names().size(); i++) {
      params.put(route.names().get(i), decode(values[i]));
    }
    return route.handler().handle(request.withParams(params));
  }

  private static ApiException refusal(Request request, Node otherMethods) {
    if (otherMethods == null) {
      return new ApiException(404, "NotFound", "the server has nothing at " + request.rawPath());
    }
    return new ApiException(
        405,
        "MethodNotAllowed",
        "%s is not allowed on %s; it takes %s"
            .formatted(
                request.method(),
                request.rawPath(),
                String.join(", ", otherMethods.routes.keySet())));
  }

  /** The node whose pattern fits all segments, or null; fills in the parameters' raw values. */
  private static Node find(
      Node node, List<String> segments, int at, String[] values, int found, String method) {
    if (at == segments.size()) {
      return node.takes(method) ? node : null;
    }
    var literal = node.literals.get(segments.get(at));
    if (literal != null) {
      var match = find(literal, segments, at + 1, values, found, method);
      if (match != null) {
        return match;
      }
    }
    if (node.any != null) {
      values[found] = segments.get(at);
      var match = find(node.any, segments, at + 1, values, found + 1, method);
      if (match != null) {
        return match;
      }
    }
    if (node.rest != null && node.rest.takes(method)) {
      values[found] = String.join("/", segments.subList(at, segments.size()));
      return node.rest;
    }
    return null;
  }

  private static List<String> segments(String path) {
    var trimmed = path.startsWith("/") ? path.substring(1) : path;
    if (trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    return trimmed.isEmpty() ? List.of() : Arrays.asList(trimmed.split("/", -1));
  }

  private static String decode(String segment) {
    try {
      // In a path, unlike in a form, a plus is a plus.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ApiException(
          400, "BadRequest", "'" + segment + "' in the path is not valid percent-encoding");
    }
  }
}

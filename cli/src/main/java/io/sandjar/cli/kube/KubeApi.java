package io.sandjar.cli.kube;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.http.HttpResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The daemon's Kubernetes API, as far as commands use it. */
public final class KubeApi {
  private static final String TABLE =
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  private static final int NOT_FOUND = 404;

  private final Context context;

  public KubeApi(Context context) {
    this.context = context;
  }

  public Map<String, Object> get(String path) throws IOException {
    return context.askJson(HttpRequest.get(path));
  }

  public Optional<Map<String, Object>> find(String path) throws IOException {
    try {
      return Optional.of(get(path));
    } catch (ServerException e) {
      if (e.code() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Objects as the table that the daemon prints of them. */
  public Map<String, Object> table(String path) throws IOException {
    return context.askJson(HttpRequest.get(path).header("Accept", TABLE));
  }

  public Map<String, Object> create(String path, Map<String, Object> object) throws IOException {
    return context.askJson(HttpRequest.of("POST", path).body("application/json", bytes(object)));
  }

  public Map<String, Object> patch(String path, String type, Map<String, Object> patch)
      throws IOException {
    return context.askJson(HttpRequest.of("PATCH", path).body(type, bytes(patch)));
  }

  /** Merges a patch in, where a null takes a field away (RFC 7396). */
  public Map<String, Object> merge(String path, Map<String, Object> patch) throws IOException {
    return patch(path, "application/merge-patch+json", patch);
  }

  public Map<String, Object> delete(String path) throws IOException {
    return context.askJson(HttpRequest.of("DELETE", path));
  }

  /** Nulls count: in a merge patch they take away. */
  private static byte[] bytes(Map<String, Object> tree) throws IOException {
    return JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asBytes(tree);
  }

  /** A stream of text or of JSON lines; the caller closes it. */
  public HttpResponse open(String path) throws IOException {
    return context.ask(HttpRequest.get(path));
  }

  /**
   * The changes of what is at a path, which asks for a watch.
   *
   * @param asTables each change's object as a table of one row
   */
  public ObjectWatch watch(String path, boolean asTables) throws IOException {
    var request = HttpRequest.get(path);
    return new ObjectWatch(context.ask(asTables ? request.header("Accept", TABLE) : request));
  }

  /** The changes of one object, for some time at most. */
  ObjectWatch watch(ObjectRef object, long seconds) throws IOException {
    var query = new LinkedHashMap<String, String>();
    query.put("watch", "true");
    query.put("fieldSelector", "metadata.name=" + object.name());
    query.put("timeoutSeconds", Long.toString(seconds));
    return watch(object.type().path(object.where()) + query(query), false);
  }

  /** A query string of those parameters that have a value. */
  public static String query(Map<String, String> parameters) {
    var query = new StringBuilder();
    for (var parameter : parameters.entrySet()) {
      if (parameter.getValue() != null) {
        query.append(query.isEmpty() ? '?' : '&');
        query.append(HttpRequest.encode(parameter.getKey())).append('=');
        query.append(HttpRequest.encode(parameter.getValue()));
      }
    }
    return query.toString();
  }

  @SuppressWarnings("unchecked") // what the JSON parser makes of an object
  public static Map<String, Object> map(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  @SuppressWarnings("unchecked") // what the JSON parser makes of an array of objects
  public static List<Map<String, Object>> maps(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /** The text at {@code metadata.KEY}, or null. */
  public static String metadata(Map<String, Object> object, String key) {
    var value = map(object, "metadata").get(key);
    return value == null ? null : value.toString();
  }
}

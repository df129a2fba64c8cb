package io.sandjar.cli.command.machine;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.kube.KubeApi;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What the commands of the machine's side ask the daemon. */
final class MachineApi {
  private static final String BASE = "/apis/sandjar.io/v1/";
  private static final int SHORT_ID = 13;

  private final Context context;

  MachineApi(Context context) {
    this.context = context;
  }

  static String path(String more) {
    return BASE + more;
  }

  /** The path of one sandbox, by its name, its id or the beginning of that. */
  static String sandbox(String word) {
    return BASE + "sandboxes/" + HttpRequest.encode(word);
  }

  /** The path of one container, by POD/NAME, its name, its id or the beginning of that. */
  static String container(String word) {
    return BASE + "containers/" + HttpRequest.encode(word);
  }

  Map<String, Object> get(String path) throws IOException {
    return context.askJson(HttpRequest.get(path));
  }

  Map<String, Object> post(String path) throws IOException {
    return context.askJson(HttpRequest.of("POST", path));
  }

  Map<String, Object> post(String path, Map<String, Object> body) throws IOException {
    return context.askJson(
        HttpRequest.of("POST", path).body("application/json", JSON.std.asBytes(body)));
  }

  Map<String, Object> delete(String path) throws IOException {
    return context.askJson(HttpRequest.of("DELETE", path));
  }

  static List<Map<String, Object>> items(Map<String, Object> tree) {
    return KubeApi.maps(tree, "items");
  }

  /** A field of a document as text; empty where it is missing. */
  static String text(Map<String, Object> tree, String key) {
    Object value = tree.get(key);
    return value == null ? "" : value.toString();
  }

  static long number(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof Number number ? number.longValue() : 0;
  }

  /** As much of an id as people need. */
  static String shortId(String id) {
    return id.substring(0, Math.min(SHORT_ID, id.length()));
  }

  /** Work on one of several things that were named. */
  interface ForOne {
    void run(String word) throws IOException;
  }

  /**
   * Does the same with each, and goes on where one is refused.
   *
   * @return the exit status
   */
  int forEach(List<String> words, ForOne work) throws IOException {
    int status = 0;
    for (String word : words) {
      try {
        work.run(word);
      } catch (ServerException refused) {
        context.err().println(refused.said());
        status = 1;
      }
    }
    return status;
  }
}

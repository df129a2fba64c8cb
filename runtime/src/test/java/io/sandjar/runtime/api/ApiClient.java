package io.sandjar.runtime.api;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A client of an {@link ApiServer} that reads the JSON it gets. */
final class ApiClient {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final HttpClient http = HttpClient.newHttpClient();
  private final ApiServer server;

  ApiClient(ApiServer server) {
    this.server = server;
  }

  /** What came back. */
  record Answer(int status, HttpHeaders headers, String body) {
    Map<String, Object> tree() throws IOException {
      return Trees.copy(JSON.std.mapFrom(body));
    }

    Map<String, Object> metadata() throws IOException {
      return Trees.object(tree(), "metadata");
    }

    /** The names of a list's objects. */
    List<String> names() throws IOException {
      return Trees.objects(tree(), "items").stream().map(ApiClient::name).toList();
    }

    String message() throws IOException {
      return Trees.string(tree(), "message", "");
    }
  }

  static String name(Map<String, Object> object) {
    return Trees.string(Trees.object(object, "metadata"), "name", "");
  }

  static String version(Map<String, Object> object) {
    return Trees.string(Trees.object(object, "metadata"), "resourceVersion", "");
  }

  Answer get(String path, String... headers) throws Exception {
    return send("GET", path, "", headers);
  }

  /** Sends JSON, unless a header says another type. */
  Answer send(String method, String path, String body, String... headers) throws Exception {
    HttpResponse<String> answer =
        http.send(request(method, path, body, headers), BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.headers(), answer.body());
  }

  Answer post(String path, String body) throws Exception {
    return send("POST", path, body);
  }

  Answer put(String path, Map<String, Object> object) throws Exception {
    return send("PUT", path, JSON.std.asString(object));
  }

  Answer delete(String path, String body) throws Exception {
    return send("DELETE", path, body);
  }

  /**
   * @param type json, merge or strategic-merge
   */
  Answer patch(String type, String path, String body) throws Exception {
    return send("PATCH", path, body, "Content-Type", "application/" + type + "-patch+json");
  }

  Answer apply(String path, String body) throws Exception {
    return send("PATCH", path, body, "Content-Type", "application/apply-patch+yaml");
  }

  /** The events of a watch as they come; whoever has seen enough closes it. */
  Events watch(String path, String... headers) throws Exception {
    var answer = http.send(request("GET", path, "", headers), BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      throw new AssertionError(
          answer.statusCode() + new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
    }
    return new Events(
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8)));
  }

  /** What a watch tells. */
  record Event(String type, Map<String, Object> object) {
    /** {@code ADDED a}, and of a bookmark or an error only the type. */
    @Override
    public String toString() {
      return (type + " " + name(object)).strip();
    }
  }

  /** An open watch. */
  record Events(BufferedReader lines) implements AutoCloseable {
    Event next() throws IOException {
      String line = lines.readLine();
      if (line == null) {
        throw new AssertionError("the watch has ended");
      }
      Map<String, Object> event = Trees.copy(JSON.std.mapFrom(line));
      return new Event(Trees.string(event, "type", ""), Trees.object(event, "object"));
    }

    /** Whether the server has ended it. */
    boolean isOver() throws IOException {
      return lines.readLine() == null;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create(server.url() + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json");
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return request
        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .build();
  }
}

package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a list may be asked by its query. */
class ListQueryTest {
  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path folder;
  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(folder.resolve("objects"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void numbersMayBeAsLargeAsKubectlSendsThem() throws Exception {
    // What `kubectl delete --wait` asks for when it has no time limit.
    assertEquals(200, list("timeoutSeconds=1073741823").statusCode());
    assertEquals(200, list("limit=99999999999").statusCode());
  }

  @Test
  void whatIsNoNumberIsRefusedByItsName() throws Exception {
    HttpResponse<String> answer = list("timeoutSeconds=soon");
    assertEquals(400, answer.statusCode());
    assertTrue(answer.body().contains("timeoutSeconds=soon is not a number"), answer.body());
  }

  private HttpResponse<String> list(String query) throws Exception {
    URI uri = URI.create(server.url() + "/api/v1/pods?" + query);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}

package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of unknown fields, as a client asks for it. */
class FieldValidationTest {
  private static final String POD =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},
       "spec":{"containers":[{"name":"c","image":"i","livenessProve":{}, "quo\\"te":1}]}}
      """;

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
  void aWarningNamesEachFieldAndTheObjectIsMadeWithoutThem() throws Exception {
    HttpResponse<String> answer = create("?fieldValidation=Warn");
    assertEquals(201, answer.statusCode(), answer.body());
    assertEquals(
        List.of(
            "299 - \"unknown field \\\"spec.containers[0].livenessProve\\\", did you mean"
                + " livenessProbe?\"",
            "299 - \"unknown field \\\"spec.containers[0].quo\\\"te\\\" of Container\""),
        answer.headers().allValues("Warning"));
    assertTrue(!answer.body().contains("livenessProve"), answer.body());
  }

  @Test
  void aPatchWarnsToo() throws Exception {
    create("?fieldValidation=Ignore");
    HttpResponse<String> answer =
        send(
            request("/p?fieldValidation=Warn")
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", BodyPublishers.ofString("{\"metadata\":{\"label\":{}}}")));
    assertEquals(200, answer.statusCode(), answer.body());
    assertEquals(1, answer.headers().allValues("Warning").size());
  }

  @Test
  void nothingIsSaidWhereTheClientDoesNotCare() throws Exception {
    HttpResponse<String> answer = create("?fieldValidation=Ignore");
    assertEquals(201, answer.statusCode(), answer.body());
    assertEquals(List.of(), answer.headers().allValues("Warning"));
  }

  @Test
  void unknownFieldsAreRefusedUnlessTheClientSaysOtherwise() throws Exception {
    for (String query : List.of("", "?fieldValidation=Strict", "?fieldValidation=strict")) {
      assertEquals(400, create(query).statusCode());
    }
  }

  @Test
  void theShapesProblemsComeWithAllOthers() throws Exception {
    String body =
        POD.replace("\"spec\":{", "\"spec\":{\"restartPolicy\":\"Sometimes\",")
            .replace("\"image\":\"i\",", "");
    HttpResponse<String> answer = send(request("").POST(BodyPublishers.ofString(body)));
    assertEquals(400, answer.statusCode());
    for (String part : List.of("livenessProve", "restartPolicy", "spec.containers[0].image")) {
      assertTrue(answer.body().contains(part), answer.body());
    }
  }

  @Test
  void whatTheServerSetsIsNotTakenFromAClient() throws Exception {
    String body =
        POD.replace(
            "\"name\":\"p\"", "\"name\":\"p\",\"deletionGracePeriodSeconds\":0,\"generation\":7");
    HttpResponse<String> answer =
        send(request("?fieldValidation=Ignore").POST(BodyPublishers.ofString(body)));
    assertEquals(201, answer.statusCode(), answer.body());
    assertFalse(answer.body().contains("deletionGracePeriodSeconds"), answer.body());
    assertFalse(answer.body().contains("\"generation\":7"), answer.body());
  }

  private HttpResponse<String> create(String query) throws Exception {
    return send(request(query).POST(BodyPublishers.ofString(POD)));
  }

  private HttpRequest.Builder request(String rest) {
    return HttpRequest.newBuilder(
        URI.create(server.url() + "/api/v1/namespaces/default/pods" + rest));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }
}

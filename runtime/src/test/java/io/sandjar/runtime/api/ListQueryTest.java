package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.ApiClient.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a list may be asked by its query. */
class ListQueryTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  @TempDir private Path folder;
  private ApiServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(folder.resolve("objects"));
    api = new ApiClient(server);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void create(String... names) throws Exception {
    for (String name : names) {
      Answer answer =
          api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"all\":\"yes\"}}}");
      assertEquals(201, answer.status(), answer.body());
    }
  }

  @Test
  void numbersMayBeAsLargeAsKubectlSendsThem() throws Exception {
    // What `kubectl delete --wait` asks for when it has no time limit.
    assertEquals(200, api.get("/api/v1/pods?timeoutSeconds=1073741823").status());
    assertEquals(200, api.get("/api/v1/pods?limit=99999999999").status());
  }

  @Test
  void whatIsNoNumberIsRefusedByItsName() throws Exception {
    Answer answer = api.get("/api/v1/pods?timeoutSeconds=soon");
    assertEquals(400, answer.status());
    assertTrue(answer.message().contains("timeoutSeconds=soon is not a number"), answer.body());
  }

  @Test
  void allPagesShowTheMomentOfTheFirst() throws Exception {
    create("a", "b", "c", "d", "e");
    Answer first = api.get(MAPS + "?limit=2");
    assertEquals(List.of("a", "b"), first.names());
    assertEquals(3L, first.metadata().get("remainingItemCount"));
    assertEquals(200, api.delete(MAPS + "/d", "").status());
    create("bb", "f");
    var names = new ArrayList<String>();
    Answer page = first;
    while (page.metadata().containsKey("continue")) {
      page = api.get(MAPS + "?limit=2&continue=" + page.metadata().get("continue"));
      assertEquals(first.metadata().get("resourceVersion"), page.metadata().get("resourceVersion"));
      names.addAll(page.names());
    }
    assertEquals(List.of("c", "d", "e"), names);
    assertFalse(page.metadata().containsKey("remainingItemCount"), page.body());
    assertEquals(List.of("a", "b", "bb", "c", "e", "f"), api.get(MAPS).names());
  }

  @Test
  void ofASelectionNobodyCountsTheRest() throws Exception {
    create("a", "b", "c");
    Answer page = api.get(MAPS + "?limit=1&labelSelector=all%3Dyes");
    assertTrue(page.metadata().containsKey("continue"), page.body());
    assertFalse(page.metadata().containsKey("remainingItemCount"), page.body());
  }

  @Test
  void aPageOfAForgottenListIsGoneAndTheRestOfTheNewestIsOffered() throws Exception {
    create("a", "b", "c");
    Object token = api.get(MAPS + "?limit=1").metadata().get("continue");
    server.close();
    server = new ApiServer(folder.resolve("objects"));
    api = new ApiClient(server);
    Answer gone = api.get(MAPS + "?limit=1&continue=" + token);
    assertEquals(410, gone.status(), gone.body());
    assertEquals("Expired", gone.tree().get("reason"));
    Object next = gone.metadata().get("continue");
    assertEquals(List.of("b", "c"), api.get(MAPS + "?continue=" + next).names());
  }

  @Test
  void aTokenThatNoPageGaveIsRefused() throws Exception {
    for (String token : List.of("default%2Fa", "e30", "bm9uZQ", "bnVsbA", "%21")) {
      Answer answer = api.get(MAPS + "?continue=" + token);
      assertEquals(400, answer.status(), answer.body());
      assertTrue(answer.message().startsWith("continue key is not valid"), answer.body());
    }
    create("a", "b");
    Object token = api.get(MAPS + "?limit=1").metadata().get("continue");
    assertEquals(400, api.get(MAPS + "?resourceVersion=7&continue=" + token).status());
  }

  @Test
  void aVersionMeansThatOrAnyNewerAsTheClientSays() throws Exception {
    create("a");
    Object version = api.get(MAPS).metadata().get("resourceVersion");
    create("b");
    String at = MAPS + "?resourceVersion=" + version;
    assertEquals(List.of("a", "b"), api.get(at).names());
    assertEquals(List.of("a", "b"), api.get(MAPS + "?resourceVersion=0").names());
    assertEquals(List.of("a", "b"), api.get(at + "&resourceVersionMatch=NotOlderThan").names());
    assertEquals(List.of("a"), api.get(at + "&resourceVersionMatch=Exact").names());
    assertEquals(
        List.of(), api.get(MAPS + "?resourceVersion=1&resourceVersionMatch=Exact").names());
    Answer future = api.get(MAPS + "?resourceVersion=123456789012");
    assertEquals(504, future.status(), future.body());
    assertTrue(future.body().contains("\"ResourceVersionTooLarge\""), future.body());
    for (String wrong :
        List.of(
            "resourceVersionMatch=Exact",
            "resourceVersion=1&resourceVersionMatch=Newest",
            "resourceVersion=0&resourceVersionMatch=Exact",
            "sendInitialEvents=true")) {
      assertEquals(422, api.get(MAPS + "?" + wrong).status(), wrong);
    }
  }

  @Test
  void fieldsSelectAsTheirKindAllows() throws Exception {
    String pods = "/api/v1/namespaces/default/pods";
    for (String name : List.of("here", "there")) {
      String spec =
          "{\"nodeName\":\"" + name + "\",\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}";
      assertEquals(
          201,
          api.post(pods, "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":" + spec + "}")
              .status());
    }
    String event =
        "{\"metadata\":{\"name\":\"e\"},\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"here\"}}";
    assertEquals(201, api.post("/api/v1/namespaces/default/events", event).status());
    assertEquals(List.of("here"), api.get(pods + "?fieldSelector=spec.nodeName%3Dhere").names());
    assertEquals(
        List.of("there"), api.get("/api/v1/pods?fieldSelector=metadata.name!%3Dhere").names());
    assertEquals(
        List.of("here", "there"),
        api.get(pods + "?fieldSelector=status.phase%3DPending,spec.hostNetwork%3Dfalse").names());
    assertEquals(
        List.of("e"), api.get("/api/v1/events?fieldSelector=involvedObject.name%3Dhere").names());
    Answer unknown = api.get(pods + "?fieldSelector=spec.image%3Dx");
    assertEquals(400, unknown.status());
    assertTrue(unknown.message().contains("field label not supported: spec.image"));
  }
}

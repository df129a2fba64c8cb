package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.ApiClient.Event;
import io.sandjar.runtime.api.ApiClient.Events;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a watch tells, from which version on, and when it cannot. */
@Timeout(120)
class WatchTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String WATCH = MAPS + "?watch=true";

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

  private Map<String, Object> create(String name) throws Exception {
    return api.post(MAPS, "{\"metadata\":{\"name\":\"" + name + "\"}}").tree();
  }

  private void label(String name, String label) throws Exception {
    assertEquals(
        200,
        api.patch("merge", MAPS + "/" + name, "{\"metadata\":{\"labels\":{" + label + "}}}")
            .status());
  }

  @Test
  void everyChangeAfterTheVersionIsTold() throws Exception {
    String since = ApiClient.version(create("a"));
    create("b");
    label("a", "\"x\":\"1\"");
    api.delete(MAPS + "/b", "");
    try (Events events = api.watch(WATCH + "&resourceVersion=" + since)) {
      assertEquals("ADDED b", events.next().toString());
      assertEquals("MODIFIED a", events.next().toString());
      Event deleted = events.next();
      assertEquals("DELETED b", deleted.toString());
      assertTrue(Long.parseLong(ApiClient.version(deleted.object())) > Long.parseLong(since));
      create("c");
      assertEquals("ADDED c", events.next().toString());
    }
  }

  @Test
  void withoutAVersionItBeginsWithWhatIsThere() throws Exception {
    create("a");
    for (String version : List.of("", "&resourceVersion=0")) {
      try (Events events = api.watch(WATCH + version)) {
        assertEquals("ADDED a", events.next().toString());
        label("a", "\"x\":\"" + version.length() + "\"");
        assertEquals("MODIFIED a", events.next().toString());
      }
    }
  }

  @Test
  void aVersionThatIsForgottenIsGone() throws Exception {
    String since = ApiClient.version(create("a"));
    server.close();
    server = new ApiServer(folder.resolve("objects"));
    api = new ApiClient(server);
    try (Events events = api.watch(WATCH + "&resourceVersion=" + since)) {
      Event error = events.next();
      assertEquals("ERROR", error.type());
      assertEquals(410L, error.object().get("code"));
      assertEquals("Expired", error.object().get("reason"));
      assertTrue(
          Trees.string(error.object(), "message", "")
              .startsWith("too old resource version: " + since + " ("));
      assertTrue(events.isOver());
    }
  }

  @Test
  void theEndOfTheBeginningIsMarked() throws Exception {
    create("a");
    create("b");
    String options = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    try (Events events = api.watch(WATCH + options + "&allowWatchBookmarks=true")) {
      assertEquals("ADDED a", events.next().toString());
      assertEquals("ADDED b", events.next().toString());
      Event mark = events.next();
      assertEquals("BOOKMARK", mark.type());
      assertEquals("ConfigMap", mark.object().get("kind"));
      assertEquals(
          "true",
          Trees.object(mark.object(), "metadata", "annotations").get("k8s.io/initial-events-end"));
      // Who goes on from there misses nothing and is told nothing twice.
      create("c");
      assertEquals("ADDED c", events.next().toString());
      try (Events more =
          api.watch(WATCH + "&resourceVersion=" + ApiClient.version(mark.object()))) {
        assertEquals("ADDED c", more.next().toString());
      }
    }
    for (String wrong : List.of("&sendInitialEvents=true", "&resourceVersionMatch=NotOlderThan")) {
      assertEquals(422, api.get(WATCH + wrong).status(), wrong);
    }
    assertEquals(504, api.get(WATCH + options + "&resourceVersion=123456789012").status());
  }

  @Test
  void thereMayBeMoreToBeginWithThanAReaderMayBeBehind() throws Exception {
    int many = 4200;
    for (int i = 0; i < many; i++) {
      Map<String, Object> metadata = Map.of("name", "m" + i, "namespace", "default");
      server
          .store()
          .create(
              Map.of("apiVersion", "v1", "kind", "ConfigMap", "metadata", metadata),
              Durability.DAEMON);
    }
    try (Events events = api.watch(WATCH)) {
      for (int i = 0; i < many; i++) {
        assertEquals("ADDED", events.next().type());
      }
    }
  }

  @Test
  void aBookmarkSaysHowFarAQuietWatchHasCome() throws Exception {
    String since = ApiClient.version(create("a"));
    // It concerns another kind, but moves the version on.
    api.post("/api/v1/namespaces/default/secrets", "{\"metadata\":{\"name\":\"s\"}}");
    String quiet = WATCH + "&timeoutSeconds=1&resourceVersion=" + since;
    try (Events events = api.watch(quiet + "&allowWatchBookmarks=true")) {
      Event mark = events.next();
      assertEquals("BOOKMARK", mark.type());
      assertTrue(Long.parseLong(ApiClient.version(mark.object())) > Long.parseLong(since));
    }
    try (Events events = api.watch(quiet)) {
      assertTrue(events.isOver());
    }
  }

  @Test
  void whatCeasesToMatchGoesAsFarAsTheClientIsConcerned() throws Exception {
    create("a");
    try (Events events = api.watch(WATCH + "&labelSelector=x%3D1")) {
      label("a", "\"x\":\"1\"");
      assertEquals("ADDED a", events.next().toString());
      label("a", "\"x\":\"2\"");
      Event gone = events.next();
      assertEquals("DELETED a", gone.toString());
      assertEquals(Map.of("x", "1"), Trees.object(gone.object(), "metadata", "labels"));
      assertEquals(
          ApiClient.version(api.get(MAPS + "/a").tree()), ApiClient.version(gone.object()));
    }
  }

  @Test
  void theEndOfANamespaceIsSeen() throws Exception {
    api.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"short\"}}");
    String watch = "/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Dshort";
    try (Events events = api.watch(watch)) {
      assertEquals("ADDED short", events.next().toString());
      assertEquals(200, api.delete("/api/v1/namespaces/short", "").status());
      Event going = events.next();
      assertEquals("MODIFIED short", going.toString());
      assertEquals("Terminating", Trees.object(going.object(), "status").get("phase"));
      var refused =
          api.post("/api/v1/namespaces/short/configmaps", "{\"metadata\":{\"name\":\"late\"}}");
      assertEquals(403, refused.status());
      assertTrue(refused.message().contains("because it is being terminated"), refused.body());
      // As the node does once the namespace is empty.
      server.store().delete(new ObjectKey("Namespace", "", "short"), Durability.DAEMON);
      assertEquals("DELETED short", events.next().toString());
    }
  }

  @Test
  void rowsComeOneByOneWhereATableIsWanted() throws Exception {
    create("a");
    String accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    String path = WATCH + "&timeoutSeconds=1&allowWatchBookmarks=true&includeObject=None";
    try (Events events = api.watch(path, "Accept", accept)) {
      Event row = events.next();
      assertEquals("Table", row.object().get("kind"));
      assertEquals("a", Trees.strings(Trees.objects(row.object(), "rows").get(0), "cells").get(0));
      Event mark = events.next();
      assertEquals("BOOKMARK", mark.type());
      assertEquals("Table", mark.object().get("kind"));
      assertEquals(List.of(), mark.object().get("rows"));
    }
  }
}

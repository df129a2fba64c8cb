package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.Build;
import io.sandjar.runtime.api.ApiClient.Answer;
import io.sandjar.runtime.pod.schema.Trees;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API tells of itself: health, discovery, OpenAPI, and the forms of its answers. */
class DocumentsTest {
  private static final String V2_PROTOBUF =
      "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

  @TempDir private static Path folder;
  private static ApiServer server;
  private static ApiClient api;

  @BeforeAll
  static void start() throws Exception {
    server = new ApiServer(folder.resolve("objects"));
    api = new ApiClient(server);
    Answer created =
        api.post(
            "/api/v1/namespaces/default/configmaps",
            "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}");
    assertEquals(201, created.status(), created.body());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void healthIsOneWordUnlessMoreIsAsked() throws Exception {
    for (String name : List.of("healthz", "livez", "readyz")) {
      assertEquals("ok", api.get("/" + name).body());
      assertEquals(
          "[+]ping ok\n" + name + " check passed\n", api.get("/" + name + "?verbose").body());
    }
  }

  @Test
  void whatIsMissingIsToldByItsName() throws Exception {
    var router = new Router();
    new HealthRoutes(Build.current())
        .check("disk", Optional::empty)
        .check("engine", () -> Optional.of("still recovering"))
        .addTo(router);
    var head =
        new io.netty.handler.codec.http.DefaultHttpRequest(
            io.netty.handler.codec.http.HttpVersion.HTTP_1_1,
            io.netty.handler.codec.http.HttpMethod.GET,
            "/readyz");
    var body = new RequestBody(new io.netty.channel.embedded.EmbeddedChannel());
    var answer = (Response.Whole) router.handle(new Request(head, body));
    assertEquals(500, answer.status());
    assertEquals(
        "[+]ping ok\n[+]disk ok\n[-]engine failed: still recovering\nreadyz check failed\n",
        new String(answer.body(), StandardCharsets.UTF_8));
  }

  @Test
  void discoveryNamesWhatKubectlTypes() throws Exception {
    Map<String, Map<String, Object>> resources =
        Trees.objects(api.get("/api/v1").tree(), "resources").stream()
            .collect(Collectors.toMap(r -> (String) r.get("name"), r -> r));
    Map.of(
            "pods", "po",
            "namespaces", "ns",
            "nodes", "no",
            "configmaps", "cm",
            "events", "ev")
        .forEach(
            (name, word) -> assertEquals(List.of(word), resources.get(name).get("shortNames")));
    assertFalse(resources.get("secrets").containsKey("shortNames"));
    assertEquals(List.of("all"), resources.get("pods").get("categories"));
    assertFalse(resources.get("configmaps").containsKey("categories"));
    assertEquals("pod", resources.get("pods").get("singularName"));
    assertEquals(false, resources.get("nodes").get("namespaced"));
    for (String part :
        List.of("attach", "ephemeralcontainers", "exec", "log", "portforward", "status")) {
      assertTrue(resources.containsKey("pods/" + part), part);
    }
    assertTrue(Trees.strings(resources.get("pods"), "verbs").contains("deletecollection"));
    assertFalse(Trees.strings(resources.get("namespaces"), "verbs").contains("deletecollection"));
  }

  @Test
  void openApiVersion3IsFoundByItsIndex() throws Exception {
    Map<String, Object> index = Trees.object(api.get("/openapi/v3").tree(), "paths", "api/v1");
    Map<String, Object> document = api.get(Trees.string(index, "serverRelativeURL", "")).tree();
    for (String kind : List.of("Pod", "Namespace", "Node", "Event", "ConfigMap", "Secret")) {
      Map<String, Object> schema =
          Trees.object(document, "components", "schemas", "io.k8s.api.core.v1." + kind);
      assertEquals(
          List.of(Map.of("group", "", "kind", kind, "version", "v1")),
          schema.get("x-kubernetes-group-version-kind"));
      String path = "/api/v1/" + (kind.startsWith("N") ? "" : "namespaces/{namespace}/");
      String plural = kind.toLowerCase(java.util.Locale.ROOT) + "s";
      Map<String, Object> one = Trees.object(document, "paths", path + plural + "/{name}");
      for (String verb : List.of("put", "patch")) {
        assertTrue(
            parameters(one, verb).containsAll(List.of("dryRun", "fieldManager", "fieldValidation")),
            verb);
        assertEquals(
            Map.of("group", "", "kind", kind, "version", "v1"),
            Trees.object(one, verb, "x-kubernetes-group-version-kind"));
      }
      assertTrue(parameters(one, "patch").contains("force"));
      assertTrue(parameters(one, "delete").contains("dryRun"));
      assertTrue(
          parameters(Trees.object(document, "paths", path + plural), "post")
              .containsAll(List.of("dryRun", "fieldValidation")));
    }
    Map<String, Object> containers =
        Trees.object(
            document,
            "components",
            "schemas",
            "io.k8s.api.core.v1.PodSpec",
            "properties",
            "containers");
    assertEquals("name", containers.get("x-kubernetes-patch-merge-key"));
  }

  private static List<Object> parameters(Map<String, Object> item, String verb) {
    return Trees.objects(Trees.object(item, verb), "parameters").stream()
        .map(parameter -> parameter.get("name"))
        .toList();
  }

  @Test
  void openApiVersion2ComesAsJsonAndAsProtobuf() throws Exception {
    Answer json = api.get("/openapi/v2");
    assertEquals("application/json", json.headers().firstValue("Content-Type").orElse(""));
    Map<String, Object> document = json.tree();
    assertEquals("2.0", document.get("swagger"));
    assertTrue(Trees.object(document, "definitions").containsKey("io.k8s.api.core.v1.Pod"));
    Answer protobuf = api.get("/openapi/v2", "Accept", V2_PROTOBUF);
    assertTrue(protobuf.headers().firstValue("Content-Type").orElse("").endsWith("+protobuf"));
    for (String part :
        List.of("io.k8s.api.core.v1.Pod", "x-kubernetes-group-version-kind", "livenessProbe")) {
      assertTrue(protobuf.body().contains(part), part);
    }
  }

  @Test
  void aTableHasAsMuchOfItsObjectsAsIsAsked() throws Exception {
    String accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    String path = "/api/v1/namespaces/default/configmaps";
    for (String one : List.of(path, path + "/a")) {
      Map<String, Object> plain = row(api.get(one, "Accept", accept));
      assertEquals(List.of("a", "1"), Trees.strings(plain, "cells").subList(0, 2));
      assertEquals("PartialObjectMetadata", Trees.object(plain, "object").get("kind"));
      Map<String, Object> whole = row(api.get(one + "?includeObject=Object", "Accept", accept));
      assertEquals("ConfigMap", Trees.object(whole, "object").get("kind"));
      assertEquals(Map.of("k", "v"), Trees.object(whole, "object", "data"));
      assertFalse(
          row(api.get(one + "?includeObject=None", "Accept", accept)).containsKey("object"));
    }
    Answer partial =
        api.get(path, "Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");
    assertEquals("PartialObjectMetadataList", partial.tree().get("kind"));
    assertFalse(partial.body().contains("\"data\""), partial.body());
  }

  private static Map<String, Object> row(Answer answer) throws Exception {
    assertEquals("Table", answer.tree().get("kind"));
    return Trees.objects(answer.tree(), "rows").get(0);
  }
}

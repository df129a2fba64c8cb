package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.ApiClient.Answer;
import io.sandjar.runtime.pod.schema.Trees;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a deletion takes, what it leaves, and what it answers. */
class DeleteTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";

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

  private Map<String, Object> create(String path, String name, String rest) throws Exception {
    String spec =
        path.equals(PODS) ? ",\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}" : "";
    Answer answer =
        api.post(path, "{\"metadata\":{\"name\":\"" + name + "\"" + rest + "}" + spec + "}");
    assertEquals(201, answer.status(), answer.body());
    return answer.tree();
  }

  @Test
  void anotherObjectThanTheOneThatIsMeantIsLeftAlone() throws Exception {
    for (String path : List.of(MAPS, PODS)) {
      Map<String, Object> object = create(path, "a", "");
      String uid = Trees.string(Trees.object(object, "metadata"), "uid", "");
      Answer refused = api.delete(path + "/a", "{\"preconditions\":{\"uid\":\"other\"}}");
      assertEquals(409, refused.status());
      assertTrue(
          refused
              .message()
              .endsWith(
                  "the UID in the precondition (other) does not match the UID in record ("
                      + uid
                      + "). The object might have been deleted and then recreated"),
          refused.body());
      String old = "{\"preconditions\":{\"resourceVersion\":\"1\"}}";
      for (String dryRun : List.of("", "?dryRun=All")) {
        assertEquals(409, api.delete(path + "/a" + dryRun, old).status());
      }
      assertEquals(
          200,
          api.delete(
                  path + "/a",
                  "{\"preconditions\":{\"uid\":\"%s\",\"resourceVersion\":\"%s\"}}"
                      .formatted(uid, ApiClient.version(object)))
              .status());
    }
  }

  @Test
  void aSelectionIsDeletedAndNothingElse() throws Exception {
    create(MAPS, "a", ",\"labels\":{\"app\":\"x\"}");
    create(MAPS, "b", ",\"labels\":{\"app\":\"x\"}");
    create(MAPS, "c", "");
    create(MAPS, "d", "");
    assertEquals(List.of("a", "b"), api.delete(MAPS + "?labelSelector=app&dryRun=All", "").names());
    assertEquals(List.of("a", "b", "c", "d"), api.get(MAPS).names());
    Answer deleted = api.delete(MAPS + "?labelSelector=app%3Dx", "");
    assertEquals("ConfigMapList", deleted.tree().get("kind"));
    assertEquals(List.of("a", "b"), deleted.names());
    assertEquals(List.of("c"), api.delete(MAPS + "?fieldSelector=metadata.name%3Dc", "{}").names());
    assertEquals(List.of("d"), api.get(MAPS).names());
    assertEquals(400, api.delete(MAPS + "?labelSelector=a%20b", "").status());
    assertEquals(200, api.delete(MAPS, "").status());
    assertEquals(List.of(), api.get(MAPS).names());
  }

  @Test
  void namespacesGoOneByOne() throws Exception {
    assertEquals(405, api.delete("/api/v1/namespaces", "").status());
    assertEquals(403, api.delete("/api/v1/namespaces/kube-system", "").status());
  }

  @Test
  void aPodIsGivenTimeUnlessTheClientHasNone() throws Exception {
    create(PODS, "a", "");
    assertEquals(30L, grace(api.delete(PODS + "/a", "")));
    assertEquals(5L, grace(api.delete(PODS + "/a?gracePeriodSeconds=5", "")));
    // It cannot be given more again.
    assertEquals(5L, grace(api.delete(PODS + "/a", "{\"gracePeriodSeconds\":9}")));
    assertEquals(1L, grace(api.delete(PODS + "/a", "{\"gracePeriodSeconds\":-1}")));
    assertEquals(400, api.delete(PODS + "/a", "{\"gracePeriodSeconds\":\"soon\"}").status());
    assertEquals(200, api.get(PODS + "/a").status());
    assertEquals(200, api.delete(PODS + "/a", "{\"gracePeriodSeconds\":0}").status());
    assertEquals(404, api.get(PODS + "/a").status());
    assertEquals(404, api.delete(PODS + "/a", "").status());
  }

  @Test
  void whoWantsTimeForEverGetsAsMuchAsClientsCanRead() throws Exception {
    String spec =
        "{\"terminationGracePeriodSeconds\":9223372036854775807,"
            + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}";
    assertEquals(
        201, api.post(PODS, "{\"metadata\":{\"name\":\"a\"},\"spec\":" + spec + "}").status());
    Answer marked = api.delete(PODS + "/a", "");
    assertEquals(2147483647L, grace(marked));
    assertTrue(
        Trees.string(marked.metadata(), "deletionTimestamp", "").matches("2\\d{3}-.*Z"),
        marked.body());
    Answer deadline =
        api.post(
            PODS,
            "{\"metadata\":{\"name\":\"b\"},\"spec\":"
                + spec.replace("terminationGracePeriodSeconds", "activeDeadlineSeconds")
                + "}");
    assertEquals(422, deadline.status(), deadline.body());
  }

  private static Object grace(Answer answer) throws Exception {
    assertEquals(200, answer.status(), answer.body());
    return answer.metadata().get("deletionGracePeriodSeconds");
  }

  @Test
  void aRehearsalDeletesNothing() throws Exception {
    create(MAPS, "a", "");
    create(PODS, "a", "");
    for (String path : List.of(MAPS, PODS)) {
      assertEquals(200, api.delete(path + "/a?dryRun=All&gracePeriodSeconds=0", "").status());
      assertEquals(200, api.delete(path + "/a", "{\"dryRun\":[\"All\"]}").status());
      // What is not understood is not taken for the real thing.
      for (String wrong : List.of("?dryRun=true", "?dryRun")) {
        Answer refused = api.delete(path + "/a" + wrong, "");
        assertEquals(422, refused.status(), refused.body());
        assertTrue(refused.message().contains("supported values: \"All\""), refused.body());
      }
      assertFalse(api.get(path + "/a").metadata().containsKey("deletionTimestamp"));
    }
  }

  @Test
  void whatIsDeletedIsAnsweredAsUpstreamDoes() throws Exception {
    create(MAPS, "a", "");
    Answer status = api.delete(MAPS + "/a", "");
    assertEquals("Success", status.tree().get("status"));
    assertEquals("configmaps", Trees.object(status.tree(), "details").get("kind"));
    create(PODS, "a", "");
    assertEquals("Pod", api.delete(PODS + "/a", "").tree().get("kind"));
  }

  @Test
  void anObjectStaysUntilItsLastFinalizerIsGone() throws Exception {
    create(MAPS, "kept", ",\"finalizers\":[\"example.com/a\",\"example.com/b\"]");
    Answer marked = api.delete(MAPS + "/kept", "");
    assertEquals("ConfigMap", marked.tree().get("kind"));
    assertTrue(marked.metadata().containsKey("deletionTimestamp"), marked.body());
    String one = "{\"metadata\":{\"finalizers\":[\"example.com/a\"]}}";
    assertEquals(200, api.patch("merge", MAPS + "/kept", one).status());
    assertEquals(200, api.get(MAPS + "/kept").status());
    Answer late =
        api.patch("merge", MAPS + "/kept", "{\"metadata\":{\"finalizers\":[\"example.com/c\"]}}");
    assertEquals(422, late.status());
    assertTrue(late.message().contains("no new finalizers can be added"), late.body());
    String none = "{\"metadata\":{\"finalizers\":null}}";
    assertEquals(200, api.patch("merge", MAPS + "/kept", none).status());
    assertEquals(404, api.get(MAPS + "/kept").status());
  }
}

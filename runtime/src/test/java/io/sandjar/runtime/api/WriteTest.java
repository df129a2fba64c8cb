package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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

/** What may be written, and what is refused with which words. */
class WriteTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String SECRETS = "/api/v1/namespaces/default/secrets";
  private static final String POD =
      """
      {"metadata":{"name":"p"},"spec":{"activeDeadlineSeconds":50,"tolerations":[{"key":"a"}],
       "containers":[{"name":"c","image":"i:1","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}]}}
      """;

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

  private Map<String, Object> created(String path, String body) throws Exception {
    Answer answer = api.post(path, body);
    assertEquals(201, answer.status(), answer.body());
    return answer.tree();
  }

  private static void assertRefused(int status, String message, Answer answer) throws Exception {
    assertEquals(status, answer.status(), answer.body());
    assertEquals(message, answer.message());
  }

  @Test
  void aNameIsMadeOfAPrefixAndIsNotTooLongForALabel() throws Exception {
    String body = "{\"metadata\":{\"generateName\":\"%s\"}}";
    String one = ApiClient.name(created(MAPS, body.formatted("job-")));
    String two = ApiClient.name(created(MAPS, body.formatted("job-")));
    assertTrue(one.matches("job-[a-z0-9]{5}"), one);
    assertNotEquals(one, two);
    assertEquals(63, ApiClient.name(created(MAPS, body.formatted("x".repeat(70)))).length());
    assertEquals(
        "own",
        ApiClient.name(created(MAPS, "{\"metadata\":{\"generateName\":\"x\",\"name\":\"own\"}}")));
  }

  @Test
  void whatIsThereIsNotCreatedAgain() throws Exception {
    created(PODS, POD);
    Answer again = api.post(PODS, POD);
    assertRefused(409, "pods \"p\" already exists", again);
    assertEquals("AlreadyExists", again.tree().get("reason"));
    assertRefused(
        404, "namespaces \"nowhere\" not found", api.post("/api/v1/namespaces/nowhere/pods", POD));
  }

  @Test
  void whoHasSeenAnOldVersionIsRefused() throws Exception {
    Map<String, Object> old = created(MAPS, "{\"metadata\":{\"name\":\"a\"}}");
    Map<String, Object> now = Trees.copy(old);
    now.put("data", Map.of("k", "v"));
    assertEquals(200, api.put(MAPS + "/a", now).status());
    String conflict =
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please"
            + " apply your changes to the latest version and try again";
    assertRefused(409, conflict, api.put(MAPS + "/a", now));
    String version = "{\"metadata\":{\"resourceVersion\":\"" + ApiClient.version(old) + "\"}}";
    for (String type : List.of("merge", "strategic-merge")) {
      assertRefused(409, conflict, api.patch(type, MAPS + "/a", version));
    }
    // Who names none does not mind.
    Trees.objectIn(now, "metadata").remove("resourceVersion");
    assertEquals(200, api.put(MAPS + "/a", now).status());
  }

  @Test
  void anObjectIsReplacedByItselfOnly() throws Exception {
    Map<String, Object> map = created(MAPS, "{\"metadata\":{\"name\":\"a\"}}");
    Map<String, Object> other = Trees.copy(map);
    Trees.objectIn(other, "metadata").put("name", "b");
    String wrongName = "the name of the object (b) does not match the name on the URL (a)";
    assertRefused(400, wrongName, api.put(MAPS + "/a", other));
    assertRefused(
        400, wrongName, api.patch("merge", MAPS + "/a", "{\"metadata\":{\"name\":\"b\"}}"));
    Map<String, Object> successor = Trees.copy(map);
    Trees.objectIn(successor, "metadata").put("uid", "other");
    assertRefused(
        409,
        "Operation cannot be fulfilled on configmaps \"a\": Precondition failed: UID in"
            + " precondition: other, UID in object meta: "
            + Trees.object(map, "metadata").get("uid"),
        api.put(MAPS + "/a", successor));
    assertEquals(404, api.put(MAPS + "/b", other).status());
  }

  @Test
  void aRehearsalAnswersAsTheRealThingAndLeavesNothing() throws Exception {
    Answer created = api.post(PODS + "?dryRun=All", POD);
    assertEquals(201, created.status());
    assertTrue(created.metadata().containsKey("uid"), created.body());
    assertTrue(created.metadata().containsKey("creationTimestamp"), created.body());
    assertEquals(404, api.get(PODS + "/p").status());
    Map<String, Object> pod = created(PODS, POD);
    String label = "{\"metadata\":{\"labels\":{\"x\":\"1\"}}}";
    Answer patched = api.patch("strategic-merge", PODS + "/p?dryRun=All", label);
    assertEquals("1", Trees.object(patched.metadata(), "labels").get("x"));
    Map<String, Object> changed = Trees.copy(pod);
    Trees.objectIn(changed, "metadata").put("labels", Map.of("x", "2"));
    assertEquals(
        "2", Trees.object(api.put(PODS + "/p?dryRun=All", changed).metadata(), "labels").get("x"));
    Answer applied =
        api.apply(PODS + "/p?fieldManager=me&dryRun=All", "metadata: {labels: {x: '3'}}");
    assertEquals("3", Trees.object(applied.metadata(), "labels").get("x"));
    assertEquals(422, api.post(PODS + "?dryRun=yes", POD).status());
    assertEquals(422, api.patch("merge", PODS + "/p?dryRun=yes", label).status());
    assertEquals(pod, api.get(PODS + "/p").tree());
  }

  @Test
  void whatMayNotChangeIsNamed() throws Exception {
    created(PODS, POD);
    String prefix = "Pod \"p\" is invalid: ";
    for (var refusal :
        Map.of(
                "{\"containers\":[{\"name\":\"c\",\"image\":\"i\"},{\"name\":\"d\",\"image\":\"i\"}]}",
                "spec.containers: Forbidden: pod updates may not add or remove containers",
                "{\"activeDeadlineSeconds\":60}",
                "spec.activeDeadlineSeconds: Invalid value: 60: must be less than or equal to"
                    + " previous value",
                "{\"activeDeadlineSeconds\":null}",
                "spec.activeDeadlineSeconds: Invalid value: \"\": must not update from a positive"
                    + " integer to nil value",
                "{\"tolerations\":[{\"key\":\"b\"}]}",
                "spec.tolerations: Forbidden: existing toleration can not be modified except its"
                    + " tolerationSeconds",
                "{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}",
                "spec.ephemeralContainers: Forbidden: may only be changed by the pod's"
                    + " ephemeralcontainers subresource")
            .entrySet()) {
      assertRefused(
          422,
          prefix + refusal.getValue(),
          api.patch("merge", PODS + "/p", "{\"spec\":" + refusal.getKey() + "}"));
    }
    Answer fixed =
        api.patch(
            "merge",
            PODS + "/p",
            "{\"spec\":{\"hostname\":\"h\",\"terminationGracePeriodSeconds\":1}}");
    assertEquals(422, fixed.status());
    assertTrue(
        fixed.message().endsWith("changed: spec.hostname, spec.terminationGracePeriodSeconds"),
        fixed.body());
    String allowed =
        "{\"spec\":{\"activeDeadlineSeconds\":40,\"tolerations\":[{\"key\":\"b\"},{\"key\":\"a\"}],"
            + "\"containers\":[{\"name\":\"c\",\"image\":\"i:2\"}]}}";
    assertEquals(200, api.patch("strategic-merge", PODS + "/p", allowed).status());
  }

  @Test
  void ephemeralContainersChangeByTheirSubresourceAlone() throws Exception {
    created(PODS, POD);
    String path = PODS + "/p/ephemeralcontainers";
    String debug = "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}}";
    assertEquals(200, api.patch("strategic-merge", path, debug).status());
    Map<String, Object> pod = api.get(PODS + "/p").tree();
    assertEquals(1, Trees.objects(Trees.object(pod, "spec"), "ephemeralContainers").size());
    // Who knows nothing of them does not remove them.
    Map<String, Object> without = Trees.copy(pod);
    Trees.objectIn(without, "spec").remove("ephemeralContainers");
    assertEquals(200, api.put(PODS + "/p", without).status());
    assertEquals(Trees.object(pod, "spec"), Trees.object(api.get(PODS + "/p").tree(), "spec"));
    Answer removed = api.put(path, without);
    assertEquals(422, removed.status(), removed.body());
    assertTrue(removed.message().contains("may not be removed"), removed.body());
    Answer changed = api.patch("strategic-merge", path, debug.replace("\"i\"", "\"other\""));
    assertEquals(422, changed.status(), changed.body());
    assertTrue(changed.message().contains("may not be changed"), changed.body());
    String another = debug.replace("\"e\"", "\"f\"");
    assertEquals(200, api.patch("strategic-merge", path, another).status());
    assertRefused(
        422,
        "Pod \"q\" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create",
        api.post(
            PODS,
            POD.replace("\"p\"", "\"q\"")
                .replace(
                    "\"spec\":{",
                    "\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}],")));
  }

  @Test
  void aStrategicPatchMergesByKeysAndFollowsDirectives() throws Exception {
    created(PODS, POD);
    String labels = "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"1\"}}}";
    assertEquals(200, api.patch("strategic-merge", PODS + "/p", labels).status());
    Answer replaced =
        api.patch(
            "strategic-merge",
            PODS + "/p",
            """
            {"metadata":{"labels":{"$patch":"replace","c":"1"}},
             "spec":{"containers":[{"name":"c","image":"i:2"}],
                     "tolerations":[{"key":"a"},{"key":"b"}]}}
            """);
    assertEquals(Map.of("c", "1"), Trees.object(replaced.metadata(), "labels"));
    Map<String, Object> container =
        Trees.objects(Trees.object(replaced.tree(), "spec"), "containers").get(0);
    assertEquals("i:2", container.get("image"));
    assertEquals(2, Trees.objects(container, "env").size());
    Answer without =
        api.patch(
            "strategic-merge",
            PODS + "/p?dryRun=All",
            "{\"spec\":{\"containers\":[{\"name\":\"c\",\"env\":[{\"name\":\"A\",\"$patch\":\"delete\"}]}]}}");
    // It was understood: the pod's environment may not change.
    assertEquals(422, without.status(), without.body());
    Answer keyless =
        api.patch(
            "strategic-merge", PODS + "/p", "{\"spec\":{\"containers\":[{\"image\":\"x\"}]}}");
    assertEquals(400, keyless.status());
    assertTrue(keyless.message().contains("without its merge key name"), keyless.body());
  }

  @Test
  void aJsonPatchThatDoesNotFitChangesNothing() throws Exception {
    created(MAPS, "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}");
    String patch =
        "[{\"op\":\"test\",\"path\":\"/data/k\",\"value\":\"%s\"},"
            + "{\"op\":\"replace\",\"path\":\"/data/k\",\"value\":\"new\"}]";
    Answer refused = api.patch("json", MAPS + "/a", patch.formatted("other"));
    assertRefused(422, "the JSON patch cannot be applied: testing value /data/k failed", refused);
    assertEquals("Invalid", refused.tree().get("reason"));
    assertEquals(200, api.patch("json", MAPS + "/a", patch.formatted("v")).status());
    assertEquals("new", Trees.object(api.get(MAPS + "/a").tree(), "data").get("k"));
  }

  @Test
  void aPatchWithAnUnknownFieldIsTreatedAsTheClientWants() throws Exception {
    created(MAPS, "{\"metadata\":{\"name\":\"a\"}}");
    String patch = "{\"data\":{\"k\":\"v\"},\"date\":{}}";
    for (String type : List.of("merge", "strategic-merge")) {
      Answer strict = api.patch(type, MAPS + "/a?fieldValidation=Strict", patch);
      assertEquals(400, strict.status());
      assertTrue(strict.message().contains("unknown field \"date\", did you mean data?"));
      Answer warned = api.patch(type, MAPS + "/a?fieldValidation=Warn", patch);
      assertEquals(200, warned.status());
      assertEquals(1, warned.headers().allValues("Warning").size());
      Answer ignored = api.patch(type, MAPS + "/a?fieldValidation=Ignore", patch);
      assertEquals(200, ignored.status());
      assertEquals(List.of(), ignored.headers().allValues("Warning"));
      assertFalse(ignored.tree().containsKey("date"));
    }
    String apply = MAPS + "/a?fieldManager=me&fieldValidation=";
    assertEquals(400, api.apply(apply + "Strict", patch).status());
    Answer applied = api.apply(apply + "Ignore", patch);
    assertEquals(200, applied.status());
    assertFalse(applied.body().contains("\"date\""), applied.body());
    assertEquals(400, api.apply(MAPS + "/a?fieldValidation=Loud&fieldManager=me", patch).status());
  }

  @Test
  void aSmallRequestDoesNotStandForALargeOne() throws Exception {
    var bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
    }
    for (String yaml : List.of(bomb.toString(), "a: &a [*a]", "[".repeat(100_000))) {
      Answer answer = api.send("POST", MAPS, yaml, "Content-Type", "application/yaml");
      assertEquals(400, answer.status(), answer.body());
    }
    Answer number =
        api.send(
            "POST",
            MAPS,
            "metadata: {name: n}\n1: x\ndata: {2: y}\n",
            "Content-Type",
            "application/yaml");
    assertEquals(400, number.status(), number.body());
    assertTrue(number.message().contains("unknown field \"1\""), number.body());
  }

  @Test
  void settingsThatAreSetForGoodStay() throws Exception {
    created(MAPS, "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"},\"immutable\":true}");
    String why = "Forbidden: field is immutable when `immutable` is set";
    assertRefused(
        422,
        "ConfigMap \"a\" is invalid: data: " + why,
        api.patch("merge", MAPS + "/a", "{\"data\":{\"k\":\"w\"}}"));
    assertRefused(
        422,
        "ConfigMap \"a\" is invalid: immutable: " + why,
        api.patch("merge", MAPS + "/a", "{\"immutable\":false}"));
    assertEquals(
        200, api.patch("merge", MAPS + "/a", "{\"metadata\":{\"labels\":{\"x\":\"1\"}}}").status());
    created(SECRETS, "{\"metadata\":{\"name\":\"s\"},\"type\":\"example.com/x\"}");
    assertRefused(
        422,
        "Secret \"s\" is invalid: type: Invalid value: \"Opaque\": field is immutable",
        api.patch("merge", SECRETS + "/s", "{\"type\":\"Opaque\"}"));
  }

  @Test
  void settingsHoldTextsAndBytes() throws Exception {
    Map<String, Object> map =
        created(
            MAPS,
            "{\"metadata\":{\"name\":\"a\"},\"data\":{\"t\":\"x\"},\"binaryData\":{\"b\":\"/w==\"}}");
    assertEquals(Map.of("b", "/w=="), map.get("binaryData"));
    assertRefused(
        422,
        "ConfigMap \"b\" is invalid: data[k]: Invalid value: \"k\": duplicate of key present in"
            + " binaryData",
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"b\"},\"data\":{\"k\":\"x\"},\"binaryData\":{\"k\":\"/w==\"}}"));
    Answer large =
        api.post(
            MAPS,
            "{\"metadata\":{\"name\":\"b\"},\"data\":{\"k\":\"" + "é".repeat(1 << 19) + "x\"}}");
    assertEquals(422, large.status());
    assertTrue(large.message().contains("Too long"), large.message());
    Map<String, Object> secret =
        created(
            SECRETS,
            "{\"metadata\":{\"name\":\"s\"},\"data\":{\"a\":\"MQ==\"},\"stringData\":{\"b\":\"2\"}}");
    assertEquals(Map.of("a", "MQ==", "b", "Mg=="), secret.get("data"));
    assertFalse(secret.containsKey("stringData"));
    Answer patched = api.patch("strategic-merge", SECRETS + "/s", "{\"stringData\":{\"a\":\"3\"}}");
    assertEquals("Mw==", Trees.object(patched.tree(), "data").get("a"));
    assertRefused(
        422,
        "Secret \"t\" is invalid: data[tls.key]: Required value",
        api.post(
            SECRETS,
            "{\"metadata\":{\"name\":\"t\"},\"type\":\"kubernetes.io/tls\",\"data\":{\"tls.crt\":\"MQ==\"}}"));
  }

  @Test
  void everyWritersFieldsAreKnown() throws Exception {
    created(MAPS + "?fieldManager=maker", "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}");
    api.patch("merge", MAPS + "/a?fieldManager=patcher", "{\"data\":{\"k\":\"w\",\"l\":\"1\"}}");
    Answer refused = api.apply(MAPS + "/a?fieldManager=me", "data: {k: x, l: x, m: x}");
    assertRefused(
        409,
        "Apply failed with 2 conflicts: conflicts with \"patcher\" using v1:\n- .data.k\n- .data.l",
        refused);
    assertTrue(refused.body().contains("\"FieldManagerConflict\""), refused.body());
    Answer forced = api.apply(MAPS + "/a?fieldManager=me&force=true", "data: {k: x, m: x}");
    assertEquals(200, forced.status());
    assertEquals(
        List.of(
            "maker Update {f:data={}}",
            "patcher Update {f:data={f:l={}}}",
            "me Apply {f:data={f:k={}, f:m={}}}"),
        Trees.objects(forced.metadata(), "managedFields").stream()
            .map(e -> e.get("manager") + " " + e.get("operation") + " " + e.get("fieldsV1"))
            .toList());
    // What is applied no more goes, but for what somebody else has set since.
    api.patch("merge", MAPS + "/a?fieldManager=patcher", "{\"data\":{\"m\":\"y\"}}");
    Answer less = api.apply(MAPS + "/a?fieldManager=me", "data: {}");
    assertEquals(Map.of("l", "1", "m", "y"), less.tree().get("data"));
    assertEquals(
        400, api.apply(MAPS + "/a", "data: {}").status(), "who applies must say who he is");
    Answer made = api.apply(MAPS + "/new?fieldManager=me", "data: {k: v}");
    assertEquals(201, made.status(), made.body());
    assertEquals(1, Trees.objects(made.metadata(), "managedFields").size());
  }
}

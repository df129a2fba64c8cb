package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.patch.FieldOwners;
import io.sandjar.runtime.api.patch.JsonPatch;
import io.sandjar.runtime.api.patch.MergePatch;
import io.sandjar.runtime.api.patch.ServerSideApply;
import io.sandjar.runtime.api.patch.StrategicMergePatch;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PatchTest {
  private final Schema schema = Schema.coreV1();
  private final ObjectType pod = schema.kind("Pod").orElseThrow();

  @Test
  void aMergePatchMergesObjectsReplacesListsAndDeletesByNull() throws IOException {
    assertEquals(
        tree("{'a':{'b':1,'d':3},'l':[2]}"),
        MergePatch.apply(
            tree("{'a':{'b':1,'c':2},'l':[1],'x':1}"),
            tree("{'a':{'c':null,'d':3},'l':[2],'x':null}")));
  }

  @Test
  void aJsonPatchRunsItsOperationsInOrder() throws IOException {
    assertEquals(
        tree("{'l':[0,1,9],'b':{'x':1},'c~d/e':2}"),
        JsonPatch.apply(
            tree("{'l':[1,2],'a':{'x':1}}"),
            list(
                """
                [{'op':'add','path':'/l/0','value':0},
                 {'op':'replace','path':'/l/2','value':9},
                 {'op':'move','from':'/a','path':'/b'},
                 {'op':'add','path':'/c~0d~1e','value':2},
                 {'op':'test','path':'/b/x','value':1}]
                """)));
  }

  @Test
  void aFailedTestOrAMissingPathRefusesTheWholeJsonPatch() throws IOException {
    Map<String, Object> target = tree("{'a':1}");
    for (String operation :
        List.of(
            "{'op':'test','path':'/a','value':2}",
            "{'op':'remove','path':'/b'}",
            "{'op':'add','path':'/a/b/c','value':2}")) {
      var refused =
          assertThrows(
              ApiException.class,
              () ->
                  JsonPatch.apply(
                      target, list("[{'op':'add','path':'/z','value':1}," + operation + "]")),
              operation);
      assertEquals(422, refused.status().code());
    }
    for (String operation : List.of("{'op':'fly','path':'/a'}", "{'op':'add','path':'/b'}")) {
      assertThrows(
          EngineException.class,
          () -> JsonPatch.apply(target, list("[" + operation + "]")),
          operation);
    }
    assertEquals(tree("{'a':1}"), target);
  }

  @Test
  void aStrategicPatchMergesContainersByName() throws IOException {
    assertEquals(
        tree(
            """
            {'spec':{'containers':[{'name':'b','image':'b:1'},
                                   {'name':'a','image':'a:2','env':[{'name':'X','value':'1'}]}]}}
            """),
        new StrategicMergePatch(schema)
            .apply(
                pod,
                tree(
                    """
                    {'spec':{'containers':[{'name':'a','image':'a:1','env':[{'name':'X','value':'1'}]},
                                           {'name':'gone','image':'x'}]}}
                    """),
                tree(
                    """
                    {'spec':{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],
                             'containers':[{'name':'a','image':'a:2'},{'name':'b','image':'b:1'},
                                           {'name':'gone','$patch':'delete'}]}}
                    """)));
  }

  @Test
  void aStrategicPatchAddsToSetsAndDeletesFromThem() throws IOException {
    assertEquals(
        tree("{'metadata':{'finalizers':['b','c']}}"),
        new StrategicMergePatch(schema)
            .apply(
                pod,
                tree("{'metadata':{'finalizers':['a','b']}}"),
                tree(
                    "{'metadata':{'finalizers':['c'],'$deleteFromPrimitiveList/finalizers':['a']}}")));
  }

  @Test
  void whatAManagerAppliesNoMoreIsRemovedUnlessAnotherAppliesIt() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    Map<String, Object> first =
        apply.apply(pod, Map.of(), tree("{'metadata':{'labels':{'a':'1','b':'1'}}}"), "me", false);
    Map<String, Object> both =
        apply.apply(pod, first, tree("{'metadata':{'labels':{'b':'1','c':'1'}}}"), "you", false);
    Map<String, Object> after =
        apply.apply(pod, both, tree("{'metadata':{'labels':{}}}"), "me", false);
    assertEquals(
        Map.of("b", "1", "c", "1"), Trees.stringMap(Trees.object(after, "metadata"), "labels"));
  }

  @Test
  void aFieldThatAnotherManagerWantsDifferentlyIsAConflictUnlessForced() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    Map<String, Object> theirs =
        apply.apply(pod, Map.of(), tree("{'metadata':{'labels':{'a':'1'}}}"), "you", false);
    Map<String, Object> ours = tree("{'metadata':{'labels':{'a':'2'}}}");
    var refused =
        assertThrows(ApiException.class, () -> apply.apply(pod, theirs, ours, "me", false));
    assertEquals(409, refused.status().code());
    assertEquals(
        "Apply failed with 1 conflict: conflict with \"you\": .metadata.labels.a",
        refused.getMessage());
    Map<String, Object> forced = apply.apply(pod, theirs, ours, "me", true);
    assertEquals("2", Trees.object(forced, "metadata", "labels").get("a"));
  }

  @Test
  void whatAnUpdateSetIsAConflictToo() throws IOException {
    var owners = new FieldOwners(schema, InstantSource.system());
    Map<String, Object> created = tree("{'spec':{'containers':[{'name':'a','image':'a:1'}]}}");
    owners.note(pod, Map.of(), created, "creator", "");
    Map<String, Object> patched = Trees.copy(created);
    Trees.objects(Trees.object(patched, "spec"), "containers").get(0).put("image", "a:2");
    owners.note(pod, created, patched, "patcher", "");
    var apply = new ServerSideApply(schema, InstantSource.system());
    Map<String, Object> wanted = tree("{'spec':{'containers':[{'name':'a','image':'a:3'}]}}");
    var refused =
        assertThrows(ApiException.class, () -> apply.apply(pod, patched, wanted, "me", false));
    assertEquals(
        "Apply failed with 1 conflict: conflict with \"patcher\" using v1:"
            + " .spec.containers[name=\"a\"].image",
        refused.getMessage());
    Map<String, Object> forced = apply.apply(pod, patched, wanted, "me", true);
    assertEquals(
        List.of("creator", "me"),
        Trees.objects(Trees.object(forced, "metadata"), "managedFields").stream()
            .map(entry -> entry.get("manager"))
            .toList());
  }

  @Test
  void anApplyTellsApartWhatHasSeveralKeysAndKeepsWhatOthersAdded() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    String container = "{'spec':{'containers':[{'name':'a','ports':[%s]}]}}";
    String udp = "{'containerPort':53,'protocol':'UDP'}";
    String tcp = "{'containerPort':53}";
    Map<String, Object> both =
        apply.apply(pod, Map.of(), tree(container.formatted(udp + "," + tcp)), "me", false);
    assertEquals(2, ports(both).size());
    Map<String, Object> named =
        apply.apply(
            pod,
            both,
            tree(container.formatted("{'containerPort':53,'protocol':'TCP','name':'dns'}")),
            "you",
            false);
    assertEquals("dns", ports(named).get(1).get("name"));
    Map<String, Object> left = apply.apply(pod, named, tree(container.formatted(tcp)), "me", false);
    assertEquals(1, ports(left).size());
    assertEquals("dns", ports(left).get(0).get("name"));
  }

  private static List<Map<String, Object>> ports(Map<String, Object> object) {
    return Trees.objects(Trees.objects(Trees.object(object, "spec"), "containers").get(0), "ports");
  }

  @Test
  void whatNobodyOwnsStaysWhenAManagerLeaves() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    Map<String, Object> live =
        tree("{'metadata':{'labels':{'host':'h'},'annotations':{'x':'y'},'finalizers':['f']}}");
    Map<String, Object> mine =
        apply.apply(pod, live, tree("{'metadata':{'labels':{'a':'b'}}}"), "me", false);
    // Others' entries may get lost; what they set does not.
    Map<String, Object> metadata = Trees.objectIn(mine, "metadata");
    Trees.objects(metadata, "managedFields").removeIf(entry -> !"me".equals(entry.get("manager")));
    Map<String, Object> after = apply.apply(pod, mine, tree("{}"), "me", false);
    Trees.objectIn(after, "metadata").remove("managedFields");
    assertEquals(live, after);
  }

  @Test
  void aProbeThatIsAppliedNoMoreGoesWithItsDefaults() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    String container = "{'spec':{'containers':[{'name':'a'%s}]}}";
    Map<String, Object> probed =
        apply.apply(
            pod,
            Map.of(),
            tree(container.formatted(",'livenessProbe':{'exec':{'command':['x']}}")),
            "me",
            false);
    Map<String, Object> first = Trees.objects(Trees.object(probed, "spec"), "containers").get(0);
    Trees.objectIn(first, "livenessProbe").put("periodSeconds", 10L);
    Map<String, Object> after =
        apply.apply(pod, probed, tree(container.formatted("")), "me", false);
    assertEquals(
        Map.of("name", "a"), Trees.objects(Trees.object(after, "spec"), "containers").get(0));
  }

  @Test
  void whatWasThereBeforeTheFirstApplyIsAConflict() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    ObjectType map = schema.kind("ConfigMap").orElseThrow();
    Map<String, Object> live = tree("{'data':{'a':'1'}}");
    var refused =
        assertThrows(
            ApiException.class,
            () -> apply.apply(map, live, tree("{'data':{'a':'2'}}"), "me", false));
    assertEquals(
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a",
        refused.getMessage());
  }

  @Test
  void elementsThatCannotBeToldApartAreNotApplied() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    for (String wrong :
        List.of(
            "{'metadata':{'finalizers':['a','a']}}",
            "{'spec':{'containers':[{'image':'i'}]}}",
            "{'spec':{'containers':[{'name':'a'},{'name':'a'}]}}")) {
      var refused =
          assertThrows(
              ApiException.class, () -> apply.apply(pod, Map.of(), tree(wrong), "me", false));
      assertEquals(400, refused.status().code());
    }
  }

  @Test
  void aFewCopiesOfCopiesDoNotFillTheMemory() throws IOException {
    var operations = new StringBuilder("[");
    for (int i = 0; i < 60; i++) {
      operations.append(i == 0 ? "" : ",");
      operations.append("{'op':'copy','from':'','path':'/m").append(i).append("'}");
    }
    var refused =
        assertThrows(
            EngineException.class,
            () -> JsonPatch.apply(tree("{'a':'b'}"), list(operations.append("]").toString())));
    assertTrue(refused.getMessage().contains("its copies come to more than"));
  }

  @Test
  void anApplyThatChangesNothingLeavesTheObjectAsItIs() throws IOException {
    var apply = new ServerSideApply(schema, InstantSource.system());
    Map<String, Object> wanted = tree("{'metadata':{'labels':{'a':'1'}},'spec':{'hostname':'h'}}");
    Map<String, Object> first = apply.apply(pod, Map.of(), wanted, "me", false);
    var later = new ServerSideApply(schema, () -> Instant.now().plusSeconds(3600));
    assertEquals(first, later.apply(pod, first, wanted, "me", false));
  }

  private static Map<String, Object> tree(String json) throws IOException {
    return Trees.copy(JSON.std.mapFrom(json.replace('\'', '"')));
  }

  private static List<?> list(String json) throws IOException {
    return JSON.std.listFrom(json.replace('\'', '"'));
  }
}

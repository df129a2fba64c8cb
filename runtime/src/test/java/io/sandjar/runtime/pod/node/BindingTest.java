package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BindingTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path folder;

  @Test
  void onlyThePodsOfThisNodeTakeItsRoom() throws Exception {
    try (var store = new ObjectStore(folder, CLOCK)) {
      var facts = new NodeFacts("here", List.of(), 1, 1L << 30, 1L << 30, 1, "1", "v1");
      var node = new NodeObject(facts, store, Optional::empty, CLOCK);
      node.refresh();
      var binding = new Binding(store, node, new EventRecorder(store, "here", CLOCK), CLOCK);
      create(store, "elsewhere", "there");
      binding.isBound(create(store, "first", ""));
      binding.isBound(create(store, "second", ""));
      assertEquals("here", nodeOf(store, "first"));
      assertEquals("", nodeOf(store, "second"), "there is room for one");
    }
  }

  private static Map<String, Object> create(ObjectStore store, String name, String nodeName) {
    var spec = new LinkedHashMap<String, Object>();
    if (!nodeName.isEmpty()) {
      spec.put("nodeName", nodeName);
    }
    spec.put("containers", List.of(Map.of("name", "c", "image", "i")));
    Map<String, Object> pod =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Pod",
            "metadata",
            Map.of("name", name, "namespace", "default"),
            "spec",
            spec);
    return store.create(Trees.copy(pod), Durability.DAEMON);
  }

  private static String nodeOf(ObjectStore store, String name) {
    Map<String, Object> pod = store.get(new ObjectKey("Pod", "default", name));
    return Trees.string(Trees.object(pod, "spec"), "nodeName", "");
  }
}

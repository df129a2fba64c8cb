package io.sandjar.runtime.pod.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {
  @TempDir private Path folder;

  @Test
  void whatIsStoredIsThereAfterARestart() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.POWER_CUT);
      store.create(pod("b"), Durability.DAEMON);
      store.delete(key("b"), Durability.POWER_CUT);
    }
    try (ObjectStore store = open()) {
      assertEquals(
          List.of("a"),
          store.list("Pod", "default").objects().stream()
              .map(o -> ObjectKey.of(o).name())
              .toList());
    }
  }

  @Test
  void theLongestNameIsKeptToo() throws Exception {
    String longest = "n".repeat(253);
    String almost = longest.substring(1);
    try (ObjectStore store = open()) {
      store.create(pod(longest), Durability.POWER_CUT);
      store.create(pod(almost), Durability.POWER_CUT);
    }
    try (ObjectStore store = open()) {
      assertTrue(store.find(key(longest)).isPresent());
      store.delete(key(longest), Durability.POWER_CUT);
      assertTrue(store.find(key(almost)).isPresent());
    }
    try (ObjectStore store = open()) {
      assertFalse(store.find(key(longest)).isPresent());
    }
  }

  @Test
  void versionsNeverRepeatAlsoWhenTheNewestObjectIsGone() throws Exception {
    long last;
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      last = ObjectStore.version(store.delete(key("a"), Durability.DAEMON));
    }
    try (ObjectStore store = open()) {
      assertTrue(ObjectStore.version(store.create(pod("a"), Durability.DAEMON)) > last);
    }
  }

  @Test
  void aSecondObjectOfANameIsRefused() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      var refused =
          assertThrows(EngineException.class, () -> store.create(pod("a"), Durability.DAEMON));
      assertEquals(EngineException.Kind.ALREADY_EXISTS, refused.kind());
      assertEquals("Pod \"a\" already exists", refused.getMessage());
    }
  }

  @Test
  void onlyAChangeOfTheSpecIsANewGeneration() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      store.update(
          key("a"), Durability.DAEMON, pod -> with(pod, "status", Map.of("phase", "Running")));
      assertEquals(1L, Trees.object(store.get(key("a")), "metadata").get("generation"));
      store.update(key("a"), Durability.DAEMON, pod -> with(pod, "spec", Map.of("x", 1L)));
      assertEquals(2L, Trees.object(store.get(key("a")), "metadata").get("generation"));
    }
  }

  @Test
  void aChangeThatChangesNothingIsNotTold() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      long before = store.version();
      store.update(key("a"), Durability.DAEMON, pod -> pod);
      assertEquals(before, store.version());
    }
  }

  @Test
  void aWatchFromAVersionSeesEveryLaterChangeInOrder() throws Exception {
    try (ObjectStore store = open()) {
      long version = ObjectStore.version(store.create(pod("a"), Durability.DAEMON));
      store.create(pod("b"), Durability.DAEMON);
      try (Watch watch = store.watchSince(version, change -> true).orElseThrow()) {
        store.delete(key("a"), Durability.DAEMON);
        assertEquals(Change.Type.ADDED, watch.next(1000).orElseThrow().type());
        Change deleted = watch.next(1000).orElseThrow();
        assertEquals(Change.Type.DELETED, deleted.type());
        assertEquals("a", deleted.key().name());
        assertTrue(watch.next(10).isEmpty());
      }
    }
  }

  @Test
  void aVersionFromBeforeARestartIsTooOldToWatchFrom() throws Exception {
    long version;
    try (ObjectStore store = open()) {
      version = ObjectStore.version(store.create(pod("a"), Durability.DAEMON));
    }
    try (ObjectStore store = open()) {
      assertTrue(store.watchSince(version, change -> true).isEmpty());
    }
  }

  @Test
  void aReaderThatDoesNotReadIsOverrunAndHoldsNobodyUp() throws Exception {
    try (ObjectStore store = open()) {
      Watch watch = store.watch(change -> true);
      store.create(pod("a"), Durability.DAEMON);
      for (int i = 0; i < 5000; i++) {
        long turn = i;
        store.update(key("a"), Durability.DAEMON, pod -> with(pod, "spec", Map.of("x", turn)));
      }
      assertTrue(watch.isOverrun());
      assertTrue(watch.next(10).isEmpty());
    }
  }

  @Test
  void aCorruptFileIsSetAsideAndTheRestIsServed() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      store.create(pod("b"), Durability.DAEMON);
    }
    Path corrupt = folder.resolve("objects/Pod/default/b.json");
    Path half = Files.writeString(folder.resolve("objects/Pod/default/.new-b.json-12"), "{");
    Files.writeString(corrupt, "{half");
    try (ObjectStore store = open()) {
      assertEquals(1, store.list("Pod", "").objects().size());
      assertTrue(Files.exists(corrupt.resolveSibling("b.json.corrupt")));
      assertFalse(Files.exists(half));
    }
  }

  @Test
  void anObjectThatWasReadFromItsFileEqualsTheOneThatWasWritten() throws Exception {
    Map<String, Object> written;
    try (ObjectStore store = open()) {
      written =
          store.create(with(Trees.copy(pod("a")), "spec", Map.of("x", 5L)), Durability.DAEMON);
    }
    try (ObjectStore store = open()) {
      assertEquals(written, store.get(key("a")));
    }
  }

  @Test
  void onlyTheOwnerMayLookIntoTheFoldersAndFiles() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      store.update(key("a"), Durability.DAEMON, pod -> with(pod, "spec", Map.of("x", 1L)));
    }
    Path file = folder.resolve("objects/Pod/default/a.json");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    for (String path : List.of("objects", "objects/Pod", "objects/Pod/default")) {
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(path))));
    }
  }

  @Test
  void aListCanBeSeenAsItWasAtAnEarlierVersion() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      store.create(pod("b"), Durability.DAEMON);
      ObjectStore.Listing then = store.list("Pod", "default");
      store.update(key("a"), Durability.DAEMON, pod -> with(pod, "spec", Map.of("x", 1L)));
      store.delete(key("b"), Durability.DAEMON);
      store.create(pod("c"), Durability.DAEMON);
      store.delete(key("c"), Durability.DAEMON);
      assertEquals(then, store.listAt("Pod", "default", then.version()).orElseThrow());
      assertEquals(store.list("Pod", ""), store.listAt("Pod", "", store.version()).orElseThrow());
    }
    try (ObjectStore store = open()) {
      assertTrue(store.listAt("Pod", "", 1).isEmpty());
    }
  }

  @Test
  void changesOfLargeObjectsAreForgottenSooner() throws Exception {
    try (ObjectStore store = open()) {
      store.create(pod("a"), Durability.DAEMON);
      long first = store.version();
      Watch slow = store.watch(change -> true);
      for (int i = 0; i < 40; i++) {
        String large = Integer.toString(i).repeat(1 << 19);
        store.update(key("a"), Durability.DAEMON, pod -> with(pod, "spec", Map.of("large", large)));
      }
      assertTrue(store.watchSince(first, change -> true).isEmpty());
      assertTrue(store.watchSince(store.version() - 1, change -> true).isPresent());
      assertTrue(slow.isOverrun());
    }
  }

  @Test
  void versionsShareWhatTheyHaveInCommon() throws Exception {
    try (ObjectStore store = open()) {
      store.create(with(Trees.copy(pod("a")), "spec", Map.of("x", 1L)), Durability.DAEMON);
      Map<String, Object> before = store.get(key("a"));
      store.update(
          key("a"), Durability.DAEMON, pod -> with(pod, "status", Map.of("phase", "Running")));
      assertSame(before.get("spec"), store.get(key("a")).get("spec"));
    }
  }

  private ObjectStore open() throws IOException {
    return new ObjectStore(folder.resolve("objects"), InstantSource.system());
  }

  private static ObjectKey key(String name) {
    return new ObjectKey("Pod", "default", name);
  }

  private static Map<String, Object> pod(String name) {
    return Map.of("kind", "Pod", "metadata", Map.of("name", name, "namespace", "default"));
  }

  private static Map<String, Object> with(Map<String, Object> tree, String key, Object value) {
    tree.put(key, value);
    return tree;
  }
}

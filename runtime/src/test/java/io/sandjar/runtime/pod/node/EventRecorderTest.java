package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventRecorderTest {
  private static final Map<String, Object> POD =
      Map.of("kind", "Pod", "metadata", Map.of("name", "p", "namespace", "default", "uid", "u"));

  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-01-02T03:04:05.678Z");

  @Test
  void eventsOfOneMomentAreListedInTheOrderInWhichTheyHappened() throws Exception {
    try (ObjectStore store = open()) {
      EventRecorder events = recorder(store);
      for (String reason : List.of("Scheduled", "Pulling", "Created", "Started", "Killing")) {
        events.normal(POD, reason, "now");
      }
      assertEquals(
          List.of("Scheduled 1", "Pulling 1", "Created 1", "Started 1", "Killing 1"),
          listed(store));
    }
  }

  @Test
  void theSameEventCountsUpAlsoAfterARestart() throws Exception {
    try (ObjectStore store = open()) {
      EventRecorder events = recorder(store);
      events.warning(POD, "BackOff", "again");
      events.warning(POD, "BackOff", "for another reason");
      events.warning(POD, "BackOff", "again");
    }
    now = now.plusSeconds(60);
    try (ObjectStore store = open()) {
      recorder(store).warning(POD, "BackOff", "again");
      assertEquals(List.of("BackOff 3", "BackOff 1"), listed(store));
      Map<String, Object> counted = store.list("Event", "default").objects().get(0);
      assertEquals("2026-01-02T03:04:05Z", counted.get("firstTimestamp"));
      assertEquals("2026-01-02T03:05:05Z", counted.get("lastTimestamp"));
    }
  }

  @Test
  void oldEventsAreForgottenWhateverTheirWritersTakeForATime() throws Exception {
    try (ObjectStore store = open()) {
      EventRecorder events = recorder(store);
      store.create(event("odd", "lastTimestamp", "now"), Durability.DAEMON);
      store.create(
          event("new-style", "eventTime", "2026-01-02T02:00:00.123456Z"), Durability.DAEMON);
      store.create(event("young", "lastTimestamp", now.toString()), Durability.DAEMON);
      events.forgetOld();
      assertEquals(List.of("odd 1", "young 1"), listed(store));
      // The store has a clock of its own.
      now = Instant.parse("9999-01-01T00:00:00Z");
      events.forgetOld();
      assertEquals(List.of(), listed(store));
    }
  }

  private static Map<String, Object> event(String name, String field, String time) {
    return Map.of(
        "apiVersion",
        "v1",
        "kind",
        "Event",
        "metadata",
        Map.of("name", name, "namespace", "default"),
        "reason",
        name,
        "count",
        1L,
        field,
        time);
  }

  @Test
  void anEventThatSomebodyDeletedBeginsAnew() throws Exception {
    try (ObjectStore store = open()) {
      EventRecorder events = recorder(store);
      events.normal(POD, "Pulled", "once");
      events.normal(POD, "Pulled", "once");
      store.delete(
          ObjectKey.of(store.list("Event", "default").objects().get(0)), Durability.DAEMON);
      events.normal(POD, "Pulled", "once");
      assertEquals(List.of("Pulled 1"), listed(store));
    }
  }

  private ObjectStore open() throws Exception {
    return new ObjectStore(folder, InstantSource.system());
  }

  private EventRecorder recorder(ObjectStore store) {
    return new EventRecorder(store, "node", () -> now);
  }

  private static List<String> listed(ObjectStore store) {
    return store.list("Event", "default").objects().stream()
        .map(event -> event.get("reason") + " " + Trees.number(event, "count").orElse(0L))
        .toList();
  }
}

package io.sandjar.runtime.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GarbageTest {
  private final Deque<Runnable> work = new ConcurrentLinkedDeque<>();

  @TempDir private Path folder;

  @Test
  void oneWorkerDeletesAllAndAFailureStopsNothing() {
    List<String> deleted = new ArrayList<>();
    Garbage garbage =
        new Garbage(
            work::add,
            path -> {
              if (path.endsWith("stuck")) {
                throw new IOException("busy");
              }
              deleted.add(path.toString());
            });
    garbage.add(Path.of("a"));
    garbage.add(Path.of("stuck"));
    garbage.add(Path.of("b"));
    assertEquals(1, work.size());
    work.remove().run();
    assertEquals(List.of("a", "b"), deleted);
    garbage.add(Path.of("c"));
    work.remove().run();
    assertEquals(List.of("a", "b", "c"), deleted);
  }

  /** A daemon that is killed before it has deleted what it forgot. */
  @Test
  void whatIsForgottenIsGoneAtOnceAndDeletedByTheNextStartAtTheLatest() throws Exception {
    record Thing(String id) {}
    DiskSync killed = new DiskSync(work::add);
    StateFiles<Thing, Thing> files = files(killed, Thing.class);
    files.add("kept", new Thing("kept"), new Thing("kept"));
    files.add("gone", new Thing("gone"), new Thing("gone"));
    Files.writeString(files.lasting("gone").resolve("more"), "x");
    files.remove("gone");
    files.remove("never there");
    assertFalse(Files.exists(files.lasting("gone")));
    assertEquals(2, folders("root/things"));

    try (DiskSync next = new DiskSync(work::add)) {
      var loaded = files(next, Thing.class).load();
      assertEquals(Set.of("kept"), loaded.records().keySet());
      assertTrue(loaded.strays().isEmpty());
    }
    assertEquals(1, folders("root/things"));
    assertEquals(1, folders("state/things"));
  }

  private <R extends Record> StateFiles<R, R> files(DiskSync disk, Class<R> type) {
    return new StateFiles<>(
        folder.resolve("root"),
        folder.resolve("state"),
        "thing",
        "things",
        type,
        type,
        disk,
        Failpoints.OFF);
  }

  private long folders(String base) throws IOException {
    try (var all = Files.list(folder.resolve(base))) {
      return all.count();
    }
  }
}

package io.sandjar.runtime.state;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class DiskSyncTest {
  private static final Executor NEVER = work -> {};

  private final List<String> synced = new CopyOnWriteArrayList<>();

  @Test
  void whatIsWrittenTwiceIsSyncedOnceAtTheLatestAtTheEnd() {
    try (DiskSync disk = new DiskSync(NEVER)) {
      disk.later("a", () -> synced.add("first"));
      disk.later("a", () -> synced.add("second"));
      disk.later(
          "gone",
          () -> {
            throw new NoSuchFileException("gone");
          });
      assertEquals(List.of(), synced);
    }
    assertEquals(List.of("second"), synced);
  }

  @Test
  void whoeverCannotWaitGetsItAtOnceAndOnlyOnce() throws Exception {
    try (DiskSync disk = new DiskSync(NEVER)) {
      disk.later("a", () -> synced.add("a"));
      disk.later("b", () -> synced.add("b"));
      disk.now("a");
      disk.forget("b");
      assertEquals(List.of("a"), synced);
    }
    assertEquals(List.of("a"), synced);
  }
}

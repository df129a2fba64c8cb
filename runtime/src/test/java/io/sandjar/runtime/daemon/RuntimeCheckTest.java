package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.cri.Condition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a kubelet is told about the runtime. */
class RuntimeCheckTest {
  @TempDir Path folder;
  private final AtomicBoolean threadRuns = new AtomicBoolean(true);
  private final AtomicBoolean cgroupThere = new AtomicBoolean(true);

  @Test
  void allThatAPodNeedsIsLookedAt() throws Exception {
    Path state = Files.createDirectory(folder.resolve("run"));
    var check =
        new RuntimeCheck(
            List.of(folder, state),
            Map.of("writes the containers' logs", threadRuns::get),
            "/sandjar/monitors",
            cgroupThere::get);
    assertEquals(Condition.MET, check.condition());
    assertEquals(List.of(state), listing());

    cgroupThere.set(false);
    assertEquals("CgroupMissing", check.condition().reason());
    assertTrue(check.condition().message().contains("/sandjar/monitors"));

    Files.delete(state);
    assertEquals("FolderNotWritable", check.condition().reason());
    assertTrue(check.condition().message().contains(state.toString()));

    threadRuns.set(false);
    assertEquals("ThreadEnded", check.condition().reason());
    assertTrue(check.condition().message().contains("writes the containers' logs"));
  }

  private List<Path> listing() throws Exception {
    try (var entries = Files.list(folder)) {
      return entries.toList();
    }
  }
}

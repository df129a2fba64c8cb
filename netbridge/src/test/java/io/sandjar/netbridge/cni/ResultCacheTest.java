package io.sandjar.netbridge.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultCacheTest {
  @TempDir private Path folder;

  @Test
  void aFileThatAPowerCutHasEmptiedIsSetAside() throws Exception {
    Path results = Files.createDirectories(folder.resolve("results"));
    Path empty = Files.createFile(results.resolve("net-id-eth0"));
    ResultCache cache = new ResultCache(folder);
    assertEquals(List.of(), cache.all());
    assertEquals(List.of(), cache.ofContainer("id"));
    assertFalse(Files.exists(empty));
    assertTrue(Files.exists(results.resolve(".net-id-eth0.corrupt")));
  }
}

package io.sandjar.runtime.linux.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTest {
  @TempDir private Path path;

  /** More than the small first listing takes, and than a large one. */
  @Test
  void everyNameIsListedOnceHoweverManyThereAre() throws Exception {
    Set<String> expected = new HashSet<>();
    try (Folder folder = Folder.open(path)) {
      for (int most : new int[] {0, 1, 60, 100, 200, 1500}) {
        for (int i = expected.size(); i < most; i++) {
          String name = "an-entry-with-number-" + i;
          Files.createFile(path.resolve(name));
          expected.add(name);
        }
        var names = new ArrayList<>(folder.names());
        assertEquals(most, names.size());
        assertEquals(expected, new HashSet<>(names));
      }
    }
  }
}

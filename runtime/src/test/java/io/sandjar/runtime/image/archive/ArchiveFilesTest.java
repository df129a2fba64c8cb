package io.sandjar.runtime.image.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.image.fixture.TarBuilder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveFilesTest {
  @TempDir private Path folder;

  @Test
  void ofANameThatComesTwiceTheLastCountsAndTheNextFileIsItsOwn() throws Exception {
    byte[] archive = new TarBuilder().file("a", "1").file("a", "2").file("b", "3").build();
    ArchiveFiles files = ArchiveFiles.spool(new ByteArrayInputStream(archive), folder);
    assertEquals("2", new String(files.document("a"), StandardCharsets.UTF_8));
    assertEquals("3", new String(files.document("b"), StandardCharsets.UTF_8));
  }
}

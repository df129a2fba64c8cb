package io.sandjar.runtime.image.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.layer.UnpackLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ArchiveFilesTest {
  @TempDir private Path folder;

  @Test
  void ofANameThatComesTwiceTheLastCountsAndTheNextFileIsItsOwn() throws Exception {
    byte[] archive = new TarBuilder().file("a", "1").file("a", "2").file("b", "3").build();
    ArchiveFiles files = spool(archive);
    assertEquals("2", new String(files.document("a"), StandardCharsets.UTF_8));
    assertEquals("3", new String(files.document("b"), StandardCharsets.UTF_8));
  }

  private ArchiveFiles spool(byte[] archive) throws IOException {
    return ArchiveFiles.spool(
        new ByteArrayInputStream(archive), folder, UnpackLimits.DEFAULT, new Cancellation());
  }

  @Test
  void anArchiveOfMoreFilesThanImagesHaveIsRefused() {
    var archive = new TarBuilder();
    for (int i = 0; i <= 20_000; i++) {
      archive.folder("d" + i);
    }
    byte[] tar = archive.build();
    var refusal = assertThrows(BadContentException.class, () -> spool(tar));
    assertTrue(refusal.getMessage().contains("20000 entries"), refusal.getMessage());
  }

  @Test
  @Timeout(60)
  void anArchiveThatEndsAfterAHeaderIsRefused() {
    for (char type : new char[] {'D', 'V', '0', 'x'}) {
      byte[] cut = new TarBuilder().entry(type, "f", "", 1, 0, 0).buildWithoutEnd();
      var refusal = assertThrows(BadContentException.class, () -> spool(cut));
      assertTrue(refusal.getMessage().contains("truncated"), refusal.getMessage());
    }
  }
}

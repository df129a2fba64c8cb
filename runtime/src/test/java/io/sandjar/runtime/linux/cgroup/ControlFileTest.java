package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlFileTest {
  @TempDir private Path folder;

  @Test
  void filesOfEveryLengthAreReadWhole() throws IOException {
    Path file = folder.resolve("file");
    for (int length : new int[] {0, 1, 3071, 3072, 3073, 4095, 4096, 4097, 16_384, 100_000}) {
      String content = "x".repeat(length);
      Files.writeString(file, content);
      assertEquals(content, ControlFile.read(file), () -> length + " bytes");
    }
  }

  /** The kernel hands out no more than a page at once, which it does not fill to the last byte. */
  @Test
  void aFileThatComesInPagesOfWholeLinesIsReadToItsEnd() throws IOException {
    Path symbols = Path.of("/proc/kallsyms");
    // Not to its end, where what is loaded meanwhile comes.
    int most = 1 << 20;
    assertEquals(
        Files.readString(symbols).substring(0, most), ControlFile.read(symbols).substring(0, most));
  }
}

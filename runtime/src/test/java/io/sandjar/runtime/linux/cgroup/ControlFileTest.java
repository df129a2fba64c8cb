package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.runtime.EngineException;
import java.io.IOException;
import java.nio.file.FileSystemException;
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

  @Test
  void aWriteThatFailsSaysWhyAndKeepsItsCause() {
    Path readOnly = Path.of("/proc/sys/kernel/ostype");
    var refused = assertThrows(IOException.class, () -> ControlFile.write(readOnly, "1"));
    assertInstanceOf(FileSystemException.class, refused.getCause());
    assertFalse(refused.getMessage().endsWith(readOnly.toString()), refused::toString);
  }

  @Test
  void noRoomIsAnEmptyCpusetAndNoFullDisk() {
    Path full = Path.of("/dev/full");
    var refused = assertThrows(IOException.class, () -> ControlFile.write(full, "1"));
    assertEquals(
        "write \"1\" to /dev/full: its cpuset has no processors or no memory nodes",
        refused.getMessage());
    assertNull(refused.getCause());
    assertEquals(EngineException.Kind.INTERNAL, EngineException.kindOf(refused));
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

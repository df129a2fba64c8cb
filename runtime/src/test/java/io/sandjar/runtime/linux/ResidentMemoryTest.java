package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.sys.Libc;
import io.sandjar.runtime.linux.ResidentMemory.Part;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentMemoryTest {
  private static final int PAGE = ResidentMemory.pageSize();
  private static final int LENGTH = 16 * PAGE;

  @TempDir Path folder;

  @Test
  void onlyTheJvmsFilesAreLetGoOf() {
    var maps =
        """
        800000000-8012e3000 rw-p 00001000 fe:00 7    /usr/lib/sandjar/17.0.15.jsa
        8012e3000-802fcf000 r--p 012e4000 fe:00 7    /usr/lib/sandjar/17.0.15.jsa
        7e0000000000-7e0000002000 r-xp 00000000 fe:00 9    /usr/lib/jvm/17/lib/server/libjvm.so
        7e0000002000-7e0000003000 rwxp 00000000 fe:00 9    /usr/lib/jvm/17/lib/server/libjvm.so
        7e0000004000-7e0000005000 r--s 00000000 fe:00 9    /usr/lib/jvm/17/lib/modules
        7f0000000000-7f0000001000 r--p 00000000 fe:00 8    /usr/lib/libc.so.6
        7f0000001000-7f0000002000 r--p 00000000 fe:00 8    /usr/lib/jvm/17/lib/modules (deleted)
        7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0                          [stack]
        """;

    assertEquals(
        List.of(
            new Part(0x800000000L, 0x12e3000, true),
            new Part(0x8012e3000L, 0x802fcf000L - 0x8012e3000L, false),
            new Part(0x7e0000000000L, 0x2000, false),
            new Part(0x7e0000002000L, 0x1000, true),
            new Part(0x7e0000004000L, 0x1000, false)),
        ResidentMemory.ofTheJvm(maps.lines().toList()));
  }

  @Test
  void whatWasChangedSinceItWasMappedIsSeen() throws Exception {
    Path file = Files.write(folder.resolve("file"), new byte[LENGTH]);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(MapMode.PRIVATE, 0, LENGTH);
      long start = Pointer.wrap(Libc.runtime(), mapped).address();
      var part = new Part(start, LENGTH, true);
      assertEquals(List.of(part), ResidentMemory.unchanged(part));
      mapped.load();
      assertEquals(List.of(part), ResidentMemory.unchanged(part));
      mapped.put(2 * PAGE, (byte) 1);
      mapped.put(LENGTH - 1, (byte) 1);
      assertEquals(
          List.of(
              new Part(start, 2 * PAGE, true), new Part(start + 3 * PAGE, LENGTH - 4 * PAGE, true)),
          ResidentMemory.unchanged(part));
    }
  }

  @Test
  void aProcessLivesOnWithoutIt() throws Exception {
    ResidentMemory.giveBack();

    assertEquals(4, List.of("still", "here").get(1).length());
  }
}

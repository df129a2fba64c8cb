package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
  private static final int LENGTH = 1 << 16;

  @TempDir Path folder;

  @Test
  void onlyTheJvmsFilesAreLetGoOfWhereNobodyCanWriteToThem() {
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
            new Part(0x8012e3000L, 0x802fcf000L - 0x8012e3000L),
            new Part(0x7e0000000000L, 0x2000),
            new Part(0x7e0000004000L, 0x1000)),
        ResidentMemory.fixed(maps.lines().toList()));
  }

  @Test
  void whatWasChangedSinceItWasMappedIsSeen() throws Exception {
    Path file = Files.write(folder.resolve("file"), new byte[LENGTH]);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(MapMode.PRIVATE, 0, LENGTH);
      var part = new Part(Pointer.wrap(Libc.runtime(), mapped).address(), LENGTH);
      assertFalse(ResidentMemory.isChanged(part));
      mapped.load();
      assertFalse(ResidentMemory.isChanged(part));
      mapped.put(LENGTH - 1, (byte) 1);
      assertTrue(ResidentMemory.isChanged(part));
    }
  }

  @Test
  void aProcessLivesOnWithoutIt() throws Exception {
    ResidentMemory.giveBack();

    assertEquals(4, List.of("still", "here").get(1).length());
  }
}

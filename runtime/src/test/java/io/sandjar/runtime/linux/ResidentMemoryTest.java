package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void onlyWhatCannotHaveBeenWrittenToOfAnArchiveIsLetGoOf() {
    var smaps =
        """
        800000000-8012e3000 rw-p 00001000 fe:00 7    /usr/lib/sandjar/17.0.15.jsa
        Anonymous:             0 kB
        8012e3000-802fcf000 r--p 012e4000 fe:00 7    /usr/lib/sandjar/17.0.15.jsa
        Size:              29616 kB
        Anonymous:             0 kB
        LazyFree:              0 kB
        802fcf000-803000000 r--p 02fd0000 fe:00 7    /usr/lib/sandjar/17.0.15.jsa
        Anonymous:             8 kB
        7f0000000000-7f0000001000 r--p 00000000 fe:00 8    /usr/lib/libc.so.6
        Anonymous:             0 kB
        7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0    [stack]
        Anonymous:             0 kB
        """;

    assertEquals(
        List.of(new ResidentMemory.Part(0x8012e3000L, 0x802fcf000L - 0x8012e3000L)),
        ResidentMemory.unchangedClasses(smaps.lines().toList()));
  }

  @Test
  void aProcessLivesOnWithoutIt() throws Exception {
    ResidentMemory.giveBack();

    assertEquals(4, List.of("still", "here").get(1).length());
  }
}

package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void onlyWhatCannotHaveBeenWrittenToOfAnArchiveIsLetGoOf() {
    var maps =
        List.of(
            "800000000-8012e3000 rw-p 00001000 fe:00 7 /usr/lib/sandjar/17.0.15.jsa",
            "8012e3000-802fcf000 r--p 012e4000 fe:00 7 /usr/lib/sandjar/17.0.15.jsa",
            "7f0000000000-7f0000001000 r--p 00000000 fe:00 8 /usr/lib/libc.so.6",
            "7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0 [stack]");

    assertEquals(
        List.of(new ResidentMemory.Part(0x8012e3000L, 0x802fcf000L - 0x8012e3000L)),
        ResidentMemory.unchangedClasses(maps));
  }

  @Test
  void aProcessLivesOnWithoutIt() throws Exception {
    ResidentMemory.giveBack();

    assertEquals(4, List.of("still", "here").get(1).length());
  }
}

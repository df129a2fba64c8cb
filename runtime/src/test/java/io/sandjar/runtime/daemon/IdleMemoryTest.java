package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class IdleMemoryTest {

  private static List<String> bounds() {
    var jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return Stream.of("MinHeapFreeRatio", "MaxHeapFreeRatio")
        .map(name -> jvm.getVMOption(name).getValue())
        .toList();
  }

  @Test
  void whatABurstOfWorkHasLeftIsCollectedOnceItIsQuiet() throws Exception {
    var left = new WeakReference<>(new byte[1 << 10]);
    var before = bounds();
    var memory = new IdleMemory(Runnable::run);
    for (long step = 0; step < IdleMemory.WORTH; step++) {
      memory.worked();
    }
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (left.get() != null && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertNull(left.get());
    // The next burst has the room in the heap that it is meant to have.
    while (!bounds().equals(before) && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertEquals(before, bounds());
  }
}

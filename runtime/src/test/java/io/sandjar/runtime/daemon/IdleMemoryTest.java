package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IdleMemoryTest {

  @Test
  void whatABurstOfWorkHasLeftIsCollectedOnceItIsQuiet() throws Exception {
    var left = new WeakReference<>(new byte[1 << 10]);
    var memory = new IdleMemory(Runnable::run);
    for (long step = 0; step < IdleMemory.WORTH; step++) {
      memory.worked();
    }
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (left.get() != null && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertNull(left.get());
  }
}

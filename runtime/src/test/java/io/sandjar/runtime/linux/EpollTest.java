package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EpollTest {
  @Test
  void aTaskThatComesAfterTheEndIsDropped() throws Exception {
    Epoll loop = Epoll.start("test-loop");
    loop.close();
    assertFalse(loop.isAlive());
    loop.execute(() -> {});
  }

  @Test
  void tasksThatComeDuringTheEndDoNoHarm() throws Exception {
    for (int round = 0; round < 200; round++) {
      Epoll loop = Epoll.start("test-loop");
      var begun = new CountDownLatch(1);
      Future<?> busy =
          ForkJoinPool.commonPool()
              .submit(
                  () -> {
                    for (int task = 0; task < 200; task++) {
                      loop.execute(begun::countDown);
                    }
                  });
      begun.await();
      loop.close();
      assertDoesNotThrow(() -> busy.get(60, TimeUnit.SECONDS));
    }
  }
}

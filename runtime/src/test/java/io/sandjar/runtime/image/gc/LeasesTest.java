package io.sandjar.runtime.image.gc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private final AtomicInteger sweeps = new AtomicInteger();

  @Test
  void aSweepWaitsForTheLastLease() {
    Leases leases = new Leases(sweeps::incrementAndGet);
    Leases.Lease first = leases.hold();
    Leases.Lease second = leases.hold();
    leases.sweep();
    first.close();
    assertEquals(0, sweeps.get());
    second.close();
    assertEquals(1, sweeps.get());
    leases.hold().close();
    assertEquals(1, sweeps.get());
  }

  @Test
  void whatIsAskedForDuringASweepIsNotForgotten() throws Exception {
    CountDownLatch sweeping = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    Leases leases =
        new Leases(
            () -> {
              if (sweeps.incrementAndGet() == 1) {
                sweeping.countDown();
                await(asked);
              }
            });
    Thread first = new Thread(leases::sweep);
    first.start();
    sweeping.await();
    leases.sweep();
    asked.countDown();
    first.join();
    assertEquals(2, sweeps.get());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

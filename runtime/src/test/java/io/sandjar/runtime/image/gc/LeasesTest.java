package io.sandjar.runtime.image.gc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private final AtomicInteger sweeps = new AtomicInteger();
  private final AtomicInteger cleanings = new AtomicInteger();
  private final List<Runnable> background = new ArrayList<>();

  private Leases leases(Runnable sweep) {
    return new Leases(sweep, cleanings::incrementAndGet, background::add);
  }

  @Test
  void aSweepWaitsForTheLastLease() {
    Leases leases = leases(sweeps::incrementAndGet);
    Leases.Lease first = leases.hold();
    Leases.Lease second = leases.hold();
    leases.sweep();
    first.close();
    assertEquals(0, sweeps.get());
    assertTrue(leases.isSweepDue());
    second.close();
    assertEquals(1, sweeps.get());
    assertFalse(leases.isSweepDue());
    leases.hold().close();
    assertEquals(1, sweeps.get());
  }

  @Test
  void whoAsksForASweepCleansUpAndWhoEndsALeaseNeedNotWait() {
    Leases leases = leases(sweeps::incrementAndGet);
    leases.sweep();
    assertEquals(1, cleanings.get());
    Leases.Lease lease = leases.hold();
    leases.sweep();
    assertEquals(2, cleanings.get());
    lease.close();
    assertEquals(2, sweeps.get());
    assertEquals(2, cleanings.get());
    background.forEach(Runnable::run);
    assertEquals(3, cleanings.get());
  }

  @Test
  void aLeaseIsGivenWhileAnotherCleansUp() throws Exception {
    CountDownLatch cleaning = new CountDownLatch(1);
    CountDownLatch given = new CountDownLatch(1);
    Leases leases =
        new Leases(
            sweeps::incrementAndGet,
            () -> {
              cleaning.countDown();
              await(given);
            },
            background::add);
    Thread first = new Thread(leases::sweep);
    first.start();
    cleaning.await();
    leases.hold().close();
    given.countDown();
    first.join();
  }

  @Test
  void whatIsAskedForDuringASweepIsNotForgotten() throws Exception {
    CountDownLatch sweeping = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    Leases leases =
        leases(
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

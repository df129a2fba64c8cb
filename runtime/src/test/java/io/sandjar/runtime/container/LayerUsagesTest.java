package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.image.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class LayerUsagesTest {
  /** Two ids that any hash map keeps in one place. */
  private static final String SLOW = "Aa";

  private static final String QUICK = "BB";

  private final List<Runnable> later = new ArrayList<>();
  private final ConcurrentHashMap<String, Usage> found = new ConcurrentHashMap<>();
  private final HandClock clock = new HandClock();

  @Test
  void aLongWalkKeepsNobodyElseWaiting() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    LayerUsages layers =
        new LayerUsages(
            id -> {
              if (id.equals(SLOW)) {
                walking.countDown();
                await(goOn);
              }
              return new Usage(id.equals(SLOW) ? 1 : 2, 0);
            },
            clock,
            later::add);
    var slow = CompletableFuture.supplyAsync(() -> layers.of(SLOW));
    walking.await();
    assertEquals(2, layers.of(QUICK).bytes());
    layers.forget(QUICK);
    layers.forget(SLOW);
    goOn.countDown();
    assertEquals(1, slow.get().bytes());
  }

  @Test
  void anOldAnswerIsReplacedByOneWalkBehindTheCallersBack() {
    LayerUsages layers = new LayerUsages(found::get, clock, later::add);
    found.put(SLOW, new Usage(1, 1));
    assertEquals(1, layers.of(SLOW).bytes());
    found.put(SLOW, new Usage(5, 2));
    clock.forward(Duration.ofSeconds(9));
    assertEquals(1, layers.of(SLOW).bytes());
    assertEquals(0, later.size());
    clock.forward(Duration.ofSeconds(2));
    assertEquals(1, layers.of(SLOW).bytes());
    assertEquals(1, layers.of(SLOW).bytes());
    assertEquals(1, later.size(), "one walk at a time");
    later.remove(0).run();
    assertEquals(5, layers.of(SLOW).bytes());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A clock that is moved by hand. */
  private static final class HandClock extends Clock {
    private Instant now = Instant.EPOCH;

    void forward(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}

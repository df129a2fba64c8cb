package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.container.ContainerEvents.Event;
import io.sandjar.runtime.container.ContainerEvents.Kind;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContainerEventsTest {
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final ContainerEvents events = new ContainerEvents(workers);

  @AfterEach
  void endWorkers() {
    workers.shutdownNow();
  }

  @Test
  void aSubscriberThatDoesNotComeBackIsToldOnceAndHoldsNobodyUp() throws Exception {
    var release = new CountDownLatch(1);
    var lost = new ConcurrentLinkedQueue<String>();
    var seen = new ConcurrentLinkedQueue<String>();
    var all = new CountDownLatch(3 * ContainerEvents.MAX_WAITING);
    events.subscribe(event -> await(release), () -> lost.add("lost"));
    events.subscribe(
        event -> {
          seen.add(event.containerId());
          all.countDown();
        },
        () -> lost.add("the healthy one"));

    int count = 3 * ContainerEvents.MAX_WAITING;
    for (int i = 0; i < count; i++) {
      events.publish(Kind.STARTED, Integer.toString(i), "s", Instant.EPOCH);
      while (i - seen.size() > ContainerEvents.MAX_WAITING / 2) {
        Thread.onSpinWait();
      }
    }

    assertTrue(all.await(60, TimeUnit.SECONDS));
    assertEquals(List.of("lost"), List.copyOf(lost));
    assertEquals(
        IntStream.range(0, count).mapToObj(Integer::toString).toList(),
        List.copyOf(seen),
        "in order");
    release.countDown();
  }

  @Test
  void whoeverLeftIsToldNothingMore() throws Exception {
    var seen = new ConcurrentLinkedQueue<Event>();
    events.subscribe(seen::add, () -> {}).close();
    var later = new CountDownLatch(1);
    events.subscribe(event -> later.countDown(), () -> {});
    events.publish(Kind.CREATED, "c", "s", Instant.EPOCH);
    assertTrue(later.await(60, TimeUnit.SECONDS));
    assertTrue(seen.isEmpty());
  }

  private static void await(CountDownLatch release) {
    try {
      release.await();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GracesTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration LONGER = Duration.ofHours(2);

  private final Graces graces = new Graces();

  @Test
  void aRunningGraceIsShortenedAndNeverProlonged() {
    graces.within(
        "pod",
        LONGER,
        grace -> {
          graces.shorten("pod", LONG);
          assertShorter(LONG, grace);
          graces.shorten("pod", LONGER);
          assertShorter(LONG, grace);
          assertFalse(grace.cut().isDone());
        });
  }

  @Test
  void whatEndsIsToldAtTheEndOfAShortenedGrace() {
    graces.within(
        "pod",
        LONG,
        grace -> {
          graces.shorten("pod", Duration.ofSeconds(1));
          grace.cut().orTimeout(50, TimeUnit.SECONDS).join();
          assertEquals(Duration.ZERO, grace.left());
        });
  }

  @Test
  void whoseTurnComesLaterHasTheShorterGraceToo() {
    graces.shorten("pod", LONG);
    graces.within("pod", LONGER, grace -> assertShorter(LONG, grace));
    graces.within("another", LONGER, grace -> assertFalse(isWithin(LONG, grace)));
    graces.forget("pod");
    graces.within("pod", LONGER, grace -> assertFalse(isWithin(LONG, grace)));
  }

  @Test
  void everyoneHasTheLeastGraceUnlessForced() {
    long start = System.nanoTime();
    graces.within(
        "pod",
        Duration.ZERO,
        grace -> {
          Duration left = grace.left();
          Duration gone = Duration.ofNanos(System.nanoTime() - start);
          assertFalse(gone.plus(left).compareTo(Graces.LEAST) < 0, left.toString());
        });
    graces.within(
        "pod",
        LONG,
        grace -> {
          graces.shorten("pod", Duration.ZERO);
          grace.cut().orTimeout(50, TimeUnit.SECONDS).join();
          assertEquals(Duration.ZERO, grace.left());
        });
    graces.within("pod", LONG, grace -> assertEquals(Duration.ZERO, grace.left()));
  }

  @Test
  void aGraceMayBeLongerThanTimeItself() {
    graces.within(
        "pod",
        Duration.ofSeconds(Long.MAX_VALUE),
        grace -> {
          assertFalse(isWithin(Duration.ofDays(10_000), grace));
          graces.shorten("pod", Duration.ofSeconds(Long.MAX_VALUE));
          assertFalse(isWithin(Duration.ofDays(10_000), grace));
        });
  }

  private static void assertShorter(Duration most, Grace grace) {
    assertTrue(isWithin(most, grace), grace.left().toString());
  }

  private static boolean isWithin(Duration most, Grace grace) {
    return grace.left().compareTo(most) <= 0;
  }
}

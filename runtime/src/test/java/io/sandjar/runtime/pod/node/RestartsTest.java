package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RestartsTest {
  private static final Instant ENDED = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant UNTIL = ENDED.plusSeconds(20);

  @Test
  void aBackOffLastsItsTime() {
    assertTrue(Restarts.isHeldBack(ENDED, UNTIL, ENDED));
    assertTrue(Restarts.isHeldBack(ENDED, UNTIL, UNTIL.minusMillis(1)));
    assertFalse(Restarts.isHeldBack(ENDED, UNTIL, UNTIL));
  }

  @Test
  void aClockThatIsSetBackOrForthDoesNotProlongIt() {
    assertFalse(Restarts.isHeldBack(ENDED, UNTIL, ENDED.minus(Duration.ofDays(1))));
    assertFalse(Restarts.isHeldBack(ENDED, UNTIL, ENDED.plus(Duration.ofDays(1))));
  }
}

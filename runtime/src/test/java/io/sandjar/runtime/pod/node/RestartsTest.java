package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.pod.node.Restarts.Attempt;
import io.sandjar.runtime.pod.node.Restarts.Decision.Leave;
import io.sandjar.runtime.pod.node.Restarts.Decision.Start;
import io.sandjar.runtime.pod.node.Restarts.Decision.Wait;
import io.sandjar.runtime.pod.node.Restarts.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestartsTest {
  private static final Instant ENDED = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant UNTIL = ENDED.plusSeconds(20);

  @Test
  void theFirstRestartIsAtOnceAndEachFurtherOneWaitsTwiceAsLongUpToFiveMinutes() {
    long heldBack = 0;
    var waits = new ArrayList<Long>();
    for (int number = 0; number < 9; number++) {
      Attempt crashed = ended(number, heldBack, Duration.ofSeconds(1), 1);
      Optional<Wait> wait = wait(Policy.ALWAYS, crashed);
      waits.add(wait.map(Wait::seconds).orElse(0L));
      heldBack = startAfter(crashed, waits.get(number), number + 1);
    }
    assertEquals(List.of(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L), waits);
  }

  /** The back-off that goes on record with the start after the wait, which is this attempt. */
  private static long startAfter(Attempt crashed, long seconds, int number) {
    Instant then = ENDED.plusSeconds(seconds);
    var start = (Start) Restarts.decide(Policy.ALWAYS, Optional.of(crashed), then);
    assertEquals(number, start.attempt());
    return start.heldBackSeconds();
  }

  @Test
  void whoRanForTenMinutesBeginsAnew() {
    Attempt ran = ended(7, 300, Duration.ofMinutes(10), 1);
    assertEquals(new Start(8, 0), Restarts.decide(Policy.ALWAYS, Optional.of(ran), ENDED));
    assertEquals(
        Optional.of(new Wait(ENDED.plusSeconds(300), 300)),
        wait(Policy.ALWAYS, ended(7, 300, Duration.ofMinutes(10).minusMillis(1), 1)));
  }

  @Test
  void onlyFailuresAreRestartedWhereThePolicySaysSo() {
    Attempt done = ended(0, 0, Duration.ofSeconds(1), 0);
    Attempt failed = ended(0, 0, Duration.ofSeconds(1), 2);
    assertEquals(new Leave(), Restarts.decide(Policy.ON_FAILURE, Optional.of(done), ENDED));
    assertEquals(new Start(1, 0), Restarts.decide(Policy.ON_FAILURE, Optional.of(failed), ENDED));
    assertEquals(new Start(1, 0), Restarts.decide(Policy.ALWAYS, Optional.of(done), ENDED));
    assertEquals(new Leave(), Restarts.decide(Policy.NEVER, Optional.of(failed), ENDED));
    assertEquals(new Start(0, 0), Restarts.decide(Policy.NEVER, Optional.empty(), ENDED));
  }

  @Test
  void whatAnEarlierDaemonMadeAndDidNotStartIsStartedWithItsCountAndBackOff() {
    var made = new Attempt(5, 160, Container.State.CREATED, Optional.empty(), Instant.EPOCH, 0);
    for (Policy policy : Policy.values()) {
      assertEquals(new Start(5, 160), Restarts.decide(policy, Optional.of(made), ENDED));
    }
  }

  private static Optional<Wait> wait(Policy policy, Attempt attempt) {
    return Restarts.decide(policy, Optional.of(attempt), ENDED) instanceof Wait wait
        ? Optional.of(wait)
        : Optional.empty();
  }

  private static Attempt ended(int number, long heldBack, Duration ran, int exitCode) {
    return new Attempt(
        number, heldBack, Container.State.EXITED, Optional.of(ENDED.minus(ran)), ENDED, exitCode);
  }

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

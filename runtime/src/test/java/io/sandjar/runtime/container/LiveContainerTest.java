package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits for a container's end. */
@Timeout(60)
class LiveContainerTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final LiveContainer container = new LiveContainer(null, null);

  @Test
  void whoeverIsInterruptedDoesNotTakeItForTheEndOfTheGracePeriod() {
    Thread.currentThread().interrupt();
    var interrupted =
        assertThrows(EngineException.class, () -> container.awaitEnd(Duration.ofHours(1)));
    assertEquals(EngineException.Kind.CANCELLED, interrupted.kind());
    assertTrue(Thread.interrupted(), "whoever is above is told too");
  }

  @Test
  void aBoundMayBeLongerThanTimeItself() {
    new Thread(() -> container.exited().complete(null)).start();
    assertTrue(container.awaitEnd(FOR_EVER));
  }

  @Test
  void aBoundThatIsOverIsNoEnd() {
    assertFalse(container.awaitEnd(Duration.ofMillis(1)));
  }
}

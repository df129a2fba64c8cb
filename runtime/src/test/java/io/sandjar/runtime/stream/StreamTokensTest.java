package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.runtime.EngineException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StreamTokensTest {
  private final AtomicLong now = new AtomicLong();
  private final StreamTokens<String> tokens =
      new StreamTokens<>(Duration.ofSeconds(60), 3, now::get);

  @Test
  void aTokenIsGoodOnce() {
    var token = tokens.issue("grant");
    assertEquals(Optional.of("grant"), tokens.redeem(token));
    assertEquals(Optional.empty(), tokens.redeem(token));
  }

  @Test
  void aTokenGetsTooOld() {
    var token = tokens.issue("grant");
    now.addAndGet(Duration.ofSeconds(60).toNanos());
    assertEquals(Optional.empty(), tokens.redeem(token));
  }

  @Test
  void unusedTokensAreLimitedUntilTheyAreTooOld() {
    for (int i = 0; i < 3; i++) {
      tokens.issue("grant");
    }
    var refused = assertThrows(EngineException.class, () -> tokens.issue("one more"));
    assertEquals(EngineException.Kind.RESOURCE_EXHAUSTED, refused.kind());
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertNotEquals("", tokens.issue("one more"));
  }

  @Test
  void tokensDiffer() {
    assertNotEquals(tokens.issue("a"), tokens.issue("a"));
  }
}

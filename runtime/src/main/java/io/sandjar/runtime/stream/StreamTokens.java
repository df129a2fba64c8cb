package io.sandjar.runtime.stream;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Secrets in URLs that let a client do one thing, once, and soon.
 *
 * @param <T> what a token stands for
 */
final class StreamTokens<T> {
  private static final int TOKEN_BYTES = 18;

  private record Granted<T>(T grant, long until) {}

  private final Duration lifetime;
  private final int most;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();

  /** Oldest first. */
  private final Map<String, Granted<T>> tokens = new LinkedHashMap<>();

  /**
   * @param most unused at one time
   */
  StreamTokens(Duration lifetime, int most, LongSupplier nanoTime) {
    this.lifetime = lifetime;
    this.most = most;
    this.nanoTime = nanoTime;
  }

  synchronized String issue(T grant) {
    long now = nanoTime.getAsLong();
    tokens.values().removeIf(granted -> granted.until - now <= 0);
    if (tokens.size() >= most) {
      throw new EngineException(
          Kind.RESOURCE_EXHAUSTED,
          "too many streaming requests wait for their client ("
              + most
              + "); the oldest of them ends within "
              + lifetime.toSeconds()
              + " s");
    }
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    var token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    tokens.put(token, new Granted<>(grant, now + lifetime.toNanos()));
    return token;
  }

  /** What the token stands for, if it is known, not used yet and not too old. It is used up. */
  synchronized Optional<T> redeem(String token) {
    var granted = tokens.remove(token);
    return granted == null || granted.until - nanoTime.getAsLong() <= 0
        ? Optional.empty()
        : Optional.of(granted.grant);
  }
}

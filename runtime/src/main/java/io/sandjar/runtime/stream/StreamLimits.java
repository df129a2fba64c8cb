package io.sandjar.runtime.stream;

import java.time.Duration;

/**
 * What a client may take up.
 *
 * @param creationTimeout how long a client may take to open its streams
 * @param idleTimeout a connection on which nothing moves for so long is closed
 * @param maxStreams open at one time in one port-forward connection
 */
public record StreamLimits(Duration creationTimeout, Duration idleTimeout, int maxStreams) {

  /** The kubelet's own defaults. */
  public static final StreamLimits KUBERNETES =
      new StreamLimits(Duration.ofSeconds(30), Duration.ofHours(4), 1000);
}

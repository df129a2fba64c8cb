package io.sandjar.runtime.stream;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Where and how exec, attach and port-forward are served.
 *
 * @param listen port 0 lets the kernel choose
 * @param tokenLifetime how long a URL may wait for its client
 * @param maxTokens URLs that wait at one time
 * @param maxConnections open at one time
 * @param threads event loops
 */
public record StreamingConfig(
    InetSocketAddress listen,
    Duration tokenLifetime,
    int maxTokens,
    int maxConnections,
    int threads,
    StreamLimits limits) {

  /** The kubelet's own limits, on a port of 127.0.0.1. */
  public static StreamingConfig on(InetSocketAddress listen) {
    return new StreamingConfig(
        listen, Duration.ofMinutes(1), 1000, 1000, 2, StreamLimits.KUBERNETES);
  }
}

package io.sandjar.runtime.stream;

import java.util.List;
import java.util.Optional;

/**
 * The versions of Kubernetes' remote command protocol. The name in the constant is what clients and
 * servers negotiate.
 */
enum RemoteCommandProtocol {
  V1("channel.k8s.io"),
  V2("v2.channel.k8s.io"),
  /** Terminals can be resized. */
  V3("v3.channel.k8s.io"),
  /** Exit codes are told. */
  V4("v4.channel.k8s.io"),
  /** A WebSocket client can end its input. */
  V5("v5.channel.k8s.io");

  /**
   * What SPDY clients are offered; v5 is for WebSockets only, since SPDY has half-closes anyway.
   */
  static final List<RemoteCommandProtocol> SPDY = List.of(V4, V3, V2, V1);

  private final String wireName;

  RemoteCommandProtocol(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  boolean resizes() {
    return compareTo(V3) >= 0;
  }

  boolean tellsStatus() {
    return compareTo(V4) >= 0;
  }

  static Optional<RemoteCommandProtocol> named(String name) {
    for (var protocol : values()) {
      if (protocol.wireName.equals(name)) {
        return Optional.of(protocol);
      }
    }
    return Optional.empty();
  }
}

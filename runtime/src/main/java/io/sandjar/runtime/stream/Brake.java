package io.sandjar.runtime.stream;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/** Keeps a connection from being read for as long as there is a reason to. */
final class Brake {
  private static final AttributeKey<Brake> OF_CHANNEL = AttributeKey.valueOf(Brake.class, "brake");

  private final Channel channel;
  private int reasons;

  private Brake(Channel channel) {
    this.channel = channel;
  }

  /** The connection's one, whichever of its handlers asks. */
  static Brake of(Channel channel) {
    var brake = channel.attr(OF_CHANNEL);
    brake.setIfAbsent(new Brake(channel));
    return brake.get();
  }

  /** There is one reason more. */
  void hold() {
    if (++reasons == 1) {
      channel.config().setAutoRead(false);
    }
  }

  /** One of the reasons is gone. */
  void release() {
    if (--reasons == 0) {
      channel.config().setAutoRead(true);
    }
  }
}

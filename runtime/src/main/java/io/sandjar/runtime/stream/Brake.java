package io.sandjar.runtime.stream;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * Keeps a connection from being read for as long as there is a reason to. Nobody else decides
 * whether it is read, so that no one who wants to go on lets in what another has no room for.
 */
public final class Brake {
  private static final AttributeKey<Brake> OF_CHANNEL = AttributeKey.valueOf(Brake.class, "brake");

  private final Channel channel;
  private int reasons;
  private boolean off;

  private Brake(Channel channel) {
    this.channel = channel;
  }

  /** The connection's one, whichever of its handlers asks. */
  public static Brake of(Channel channel) {
    var brake = channel.attr(OF_CHANNEL);
    brake.setIfAbsent(new Brake(channel));
    return brake.get();
  }

  /** There is one reason more. */
  public synchronized void hold() {
    if (++reasons == 1 && !off) {
      channel.config().setAutoRead(false);
    }
  }

  /** One of the reasons is gone. */
  public synchronized void release() {
    if (--reasons == 0 && !off) {
      channel.config().setAutoRead(true);
    }
  }

  /** No reason counts any more, as whatever comes is dropped. */
  synchronized void takeOff() {
    off = true;
    channel.config().setAutoRead(true);
  }
}

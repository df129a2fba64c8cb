package io.sandjar.runtime.stream;

import io.netty.channel.ChannelHandlerContext;

/**
 * Frames that answer single frames of the peer. A peer that sends on and takes none of them would
 * fill the memory with them: so it is not read while too many wait for it.
 */
final class Answers {
  static final int MOST_WAITING = 1000;

  private final ChannelHandlerContext context;
  private final Brake brake;
  private int waiting;

  Answers(ChannelHandlerContext context) {
    this.context = context;
    this.brake = Brake.of(context.channel());
  }

  void send(Object frame) {
    if (++waiting == MOST_WAITING) {
      brake.hold();
    }
    context.writeAndFlush(frame).addListener(written -> taken());
  }

  private void taken() {
    if (waiting-- == MOST_WAITING) {
      brake.release();
    }
  }
}

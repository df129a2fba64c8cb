package io.sandjar.runtime.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection some time after its client has stopped to take anything. What it sent before
 * is read meanwhile; but where nobody reads on, that the client has left would not be seen either.
 */
final class DeafClient extends ChannelInboundHandlerAdapter {
  static final long SECONDS = 10;

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelOutputShutdownEvent) {
      ctx.executor().schedule(() -> ctx.channel().close(), SECONDS, TimeUnit.SECONDS);
    }
    ctx.fireUserEventTriggered(event);
  }
}

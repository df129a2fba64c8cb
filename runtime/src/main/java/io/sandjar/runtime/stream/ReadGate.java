package io.sandjar.runtime.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Keeps a connection that is not to be read from being read. Netty's SPDY codec hands frames on in
 * a way that its base class does not see: it believes that nothing was decoded, and asks for more
 * bytes although reading was stopped.
 */
final class ReadGate extends ChannelOutboundHandlerAdapter {
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (ctx.channel().config().isAutoRead()) {
      ctx.read();
    }
  }
}

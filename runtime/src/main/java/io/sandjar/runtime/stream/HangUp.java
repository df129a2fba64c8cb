package io.sandjar.runtime.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Closes a connection that breaks while nobody else has it: in an upgrade, or after a refusal. */
final class HangUp extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = System.getLogger(HangUp.class.getName());

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.log(Level.DEBUG, "a connection broke", cause);
    ctx.close();
  }
}

package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.CompletableFuture;

/** A Netty socket as a source and a sink. The socket must allow half-closes. */
final class ChannelBytes extends ChannelInboundHandlerAdapter {
  private static final int RECEIVE_BUFFER = 256 * 1024;

  private Channel channel;
  private Brake brake;
  private final ByteQueue received = new ByteQueue(RECEIVE_BUFFER, () -> brake.release());

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
    brake = Brake.of(channel);
  }

  ByteSource source() {
    return received;
  }

  ByteSink sink() {
    return new ByteSink() {
      @Override
      public CompletableFuture<Void> write(ByteBuf chunk) {
        return Completions.of(channel.writeAndFlush(chunk));
      }

      @Override
      public void close() {
        ((DuplexChannel) channel).shutdownOutput();
      }
    };
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean wasFull = received.isFull();
    if (!received.offer((ByteBuf) message) && !wasFull) {
      brake.hold();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      received.end();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    received.end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    received.fail(cause);
    ctx.close();
  }
}

package io.sandjar.runtime.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that what was written last arrives. A socket that is closed while its peer
 * still sends resets the connection, and the peer may lose what it has not read yet: so only the
 * sending half is closed at first, and the rest when the peer has closed too, or after a while.
 */
final class GracefulClose {
  private static final long LINGER_SECONDS = 5;

  private GracefulClose() {}

  /** Writes a last message, which the connection's handlers know how to write, and closes. */
  static void after(Channel channel, Object last) {
    channel
        .writeAndFlush(last)
        .addListener(
            written -> {
              if (channel instanceof DuplexChannel duplex
                  && channel.isActive()
                  && channel.pipeline().get(SslHandler.class) == null) {
                drain(duplex);
              } else {
                channel.close();
              }
            });
  }

  private static void drain(DuplexChannel channel) {
    channel.pipeline().addFirst(new DropInput());
    channel.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    Brake.of(channel).takeOff();
    var end =
        channel.eventLoop().schedule((Runnable) channel::close, LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> end.cancel(false));
  }

  /** Nobody listens any more, but the peer may still talk. */
  private static final class DropInput extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
    }
  }
}

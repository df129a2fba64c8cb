package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.base64.Base64;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Channels inside a WebSocket, as Kubernetes numbers them: the first byte of a message says which
 * channel it belongs to. In the base64 variants messages are text, and the channel is its digit.
 */
final class WebSocketChannels extends ChannelInboundHandlerAdapter {

  /** v5: the message's second byte names a channel on which no more follows. */
  private static final int CLOSE_SIGNAL = 255;

  private static final Logger LOG = System.getLogger(WebSocketChannels.class.getName());
  private static final int RECEIVE_BUFFER = 256 * 1024;

  private final boolean base64;
  private final boolean closeSignals;
  private final Runnable closed;
  private final Map<Integer, ByteQueue> received = new HashMap<>();
  private final Set<Integer> lasting = new HashSet<>();
  private ChannelHandlerContext context;
  private Brake brake;
  private Answers answers;

  /** The channel of a message that comes in several frames. */
  private int current = -1;

  /**
   * @param base64 text messages instead of binary ones
   * @param closeSignals the client may end single channels
   * @param closed runs when the connection is gone
   */
  WebSocketChannels(boolean base64, boolean closeSignals, Runnable closed) {
    this.base64 = base64;
    this.closeSignals = closeSignals;
    this.closed = closed;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    brake = Brake.of(ctx.channel());
    answers = new Answers(ctx);
  }

  /** What the client sends on a channel; messages on other channels are dropped. */
  ByteSource source(int channel) {
    return received.computeIfAbsent(
        channel,
        number ->
            new ByteQueue(
                RECEIVE_BUFFER, () -> context.channel().eventLoop().execute(brake::release)));
  }

  /** As {@link #source}; whoever takes it closes it, and until then it outlasts the client. */
  ByteSource lastingSource(int channel) {
    lasting.add(channel);
    return source(channel);
  }

  /** What the client receives on a channel. The protocol has no half-close in this direction. */
  ByteSink sink(int channel) {
    return new ByteSink() {
      @Override
      public CompletableFuture<Void> write(ByteBuf chunk) {
        return Completions.of(context.writeAndFlush(frame(channel, chunk)));
      }

      @Override
      public void close() {}
    };
  }

  private WebSocketFrame frame(int channel, ByteBuf chunk) {
    if (base64) {
      var text = Base64.encode(chunk, false);
      chunk.release();
      return new TextWebSocketFrame(
          Unpooled.wrappedBuffer(Unpooled.buffer(1).writeByte('0' + channel), text));
    }
    return new BinaryWebSocketFrame(
        Unpooled.wrappedBuffer(Unpooled.buffer(1).writeByte(channel), chunk));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof PingWebSocketFrame ping) {
        answers.send(new PongWebSocketFrame(ping.content().retain()));
      } else if (message instanceof CloseWebSocketFrame) {
        finish(WebSocketCloseStatus.NORMAL_CLOSURE);
      } else if (message instanceof BinaryWebSocketFrame
          || message instanceof TextWebSocketFrame
          || message instanceof ContinuationWebSocketFrame) {
        data((WebSocketFrame) message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void data(WebSocketFrame frame) {
    var content = frame.content();
    if (!(frame instanceof ContinuationWebSocketFrame)) {
      if (!content.isReadable()) {
        return;
      }
      current = content.readUnsignedByte() - (base64 ? '0' : 0);
    }
    if (closeSignals && current == CLOSE_SIGNAL) {
      if (content.isReadable()) {
        end(content.readUnsignedByte());
      }
      return;
    }
    var queue = received.get(current);
    if (queue != null) {
      boolean wasFull = queue.isFull();
      var bytes = base64 ? Base64.decode(content) : content.retain();
      if (!queue.offer(bytes) && !wasFull) {
        brake.hold();
      }
    }
  }

  private void end(int channel) {
    var queue = received.get(channel);
    if (queue != null) {
      queue.end();
    }
  }

  /** Ends the connection when all that was written has arrived. */
  void finish(WebSocketCloseStatus status) {
    GracefulClose.after(context.channel(), new CloseWebSocketFrame(status));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    received.forEach(
        (number, queue) -> {
          if (lasting.contains(number)) {
            queue.end();
          } else {
            // Nobody may be there who would read what has come.
            queue.close();
          }
        });
    closed.run();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.log(Level.DEBUG, "a WebSocket broke", cause);
    ctx.close();
  }
}

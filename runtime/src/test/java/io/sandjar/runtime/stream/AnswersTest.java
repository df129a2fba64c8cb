package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** A client that asks on and on, and reads nothing, is not listened to. */
class AnswersTest {
  private static final PodSockets NONE =
      family -> {
        throw new IOException("no pod here");
      };

  /** The id of a ping that answers one of the server's. */
  private static final int NO_QUESTION = 2;

  /** A client that takes no answers until it is told to. */
  private static final class Slow extends ChannelOutboundHandlerAdapter {
    private final ArrayDeque<ChannelPromise> waiting = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      waiting.add(promise);
    }

    void takeOne() {
      waiting.remove().setSuccess();
    }
  }

  private final Slow client = new Slow();
  private final EmbeddedChannel channel = new EmbeddedChannel(client);

  @Test
  void pingsOverSpdy() {
    channel.pipeline().addLast(forward());
    expectPatience(i -> new DefaultSpdyPingFrame(2 * i + 1));
  }

  @Test
  void streamsThatAreOpenedAndResetOverSpdy() {
    channel.pipeline().addLast(forward());
    expectPatience(
        i -> {
          channel.writeInbound(new DefaultSpdyRstStreamFrame(2 * i - 1, SpdyStreamStatus.CANCEL));
          var open = new DefaultSpdySynStreamFrame(2 * i + 1, 0, (byte) 0);
          open.headers().set("streamtype", "data").set("port", "80").set("requestid", "" + i);
          return open;
        });
  }

  @Test
  void streamsThatNobodyWants() {
    channel.pipeline().addLast(forward());
    expectPatience(i -> new DefaultSpdySynStreamFrame(2 * i + 1, 0, (byte) 0));
  }

  @Test
  void windowsThatAreOpenedOverSpdy() {
    var opened = new ArrayList<ByteSource>();
    var listener =
        new SpdyConnection.Listener() {
          @Override
          public boolean opened(SpdyStream stream) {
            return opened.add(stream.source());
          }

          @Override
          public void closed() {}
        };
    channel.pipeline().addLast(new SpdyConnection(listener, 1));
    int half = SendWindow.DEFAULT / 2;
    expectPatience(
        i -> {
          if (i == 1) {
            return new DefaultSpdySynStreamFrame(1, 0, (byte) 0);
          }
          if (i % 2 == 0) {
            // Opens the connection's window, and when it is taken the stream's.
            return new DefaultSpdyDataFrame(1, Unpooled.buffer(half).writeZero(half));
          }
          opened.get(0).read().join().release();
          return new DefaultSpdyPingFrame(NO_QUESTION);
        });
    channel.close();
  }

  @Test
  void pingsOverWebSocketChannels() {
    channel.pipeline().addLast(new WebSocketChannels(false, false, () -> {}));
    expectPatience(i -> new PingWebSocketFrame(Unpooled.copyInt(i)));
  }

  @Test
  void pingsAroundSpdyInAWebSocket() {
    channel.pipeline().addLast(new WebSocketTunnel(), forward());
    expectPatience(i -> new PingWebSocketFrame(Unpooled.copyInt(i)));
  }

  private SpdyConnection forward() {
    return new SpdyPortForward(channel.eventLoop(), NONE, StreamLimits.KUBERNETES).connection();
  }

  private void expectPatience(IntFunction<Object> asking) {
    for (int i = 1; i < Answers.MOST_WAITING; i++) {
      channel.writeInbound(asking.apply(i));
    }
    assertTrue(channel.config().isAutoRead());
    // What was read with the last one is answered too.
    for (int i = 0; i < 3; i++) {
      channel.writeInbound(asking.apply(Answers.MOST_WAITING + i));
      assertFalse(channel.config().isAutoRead());
    }
    assertEquals(Answers.MOST_WAITING + 2, client.waiting.size());
    client.takeOne();
    client.takeOne();
    assertFalse(channel.config().isAutoRead());
    client.takeOne();
    assertTrue(channel.config().isAutoRead());
  }
}

package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

/** One connection, message by message. */
class HttpConnectionTest {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: sandjar\r\n\r\n";

  private final ArrayDeque<Runnable> work = new ArrayDeque<>();
  private final ArrayDeque<Object> taken = new ArrayDeque<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpServerCodec(),
          new IdleStateHandler(0, 0, 0),
          new HttpConnection(
              request -> Response.handoff((upgraded, head) -> taken.add(upgraded)), work::add));

  @Test
  void whatTheClientSentAheadOfTheAnswerDoesNotKeepTheConnectionFromBeingRead() {
    send(REQUEST.repeat(40));
    assertFalse(channel.config().isAutoRead(), "it is read no further than it must be");
    work.remove().run();
    channel.runPendingTasks();
    assertTrue(taken.contains(channel));
    assertTrue(channel.config().isAutoRead());
  }

  @Test
  void aClientThatHasLeftIsHandedToNobody() {
    send(REQUEST);
    channel.close();
    work.remove().run();
    channel.runPendingTasks();
    channel.checkException();
    assertTrue(taken.isEmpty());
  }

  @Test
  void whatIsNoRequestIsRefusedWithACause() {
    send("/ HTTP/1.1\r\n\r\n");
    ByteBuf answer = channel.readOutbound();
    String text = answer.toString(StandardCharsets.UTF_8);
    answer.release();
    assertTrue(text.startsWith("HTTP/1.1 400"), text);
    assertFalse(NoCause.in(text), text);
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }
}

package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
  void whoReadsABodyLetsNoMoreRequestsInThanThereIsRoomFor() {
    var wasRead = new ArrayList<Boolean>();
    var reading =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new HttpConnection(
                request -> {
                  request.body().readAllBytes();
                  wasRead.add(request.head().method().equals(HttpMethod.POST));
                  return Response.failure(new StatusObject(404, "NotFound", "x"));
                },
                work::add));
    String body = "x".repeat(3_000_000);
    send(reading, "POST / HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    assertFalse(reading.config().isAutoRead(), "there is no room for more of a body");
    send(reading, REQUEST.repeat(40));
    work.remove().run();
    assertEquals(List.of(true), wasRead);
    assertFalse(reading.config().isAutoRead(), "there is no room for more requests");
    for (int i = 0; i < 40; i++) {
      reading.runPendingTasks();
      work.remove().run();
    }
    reading.runPendingTasks();
    assertEquals(41, wasRead.size());
    assertTrue(reading.config().isAutoRead());
    reading.finishAndReleaseAll();
  }

  @Test
  void aBodyThatNobodyHasReadKeepsNothingWaiting() {
    var careless =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new HttpConnection(
                request -> Response.failure(new StatusObject(404, "NotFound", "x")), work::add));
    String body = "x".repeat(3_000_000);
    send(careless, "POST / HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    assertFalse(careless.config().isAutoRead());
    work.remove().run();
    careless.runPendingTasks();
    assertTrue(careless.config().isAutoRead());
    careless.finishAndReleaseAll();
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
    String text = written(channel);
    assertTrue(text.startsWith("HTTP/1.1 400"), text);
    assertFalse(NoCause.in(text), text);
  }

  @Test
  void whoIsInterruptedIsToldToAskAgain() {
    var ending =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new HttpConnection(
                request -> {
                  throw new InterruptedException();
                },
                work::add));
    send(ending, REQUEST);
    work.remove().run();
    assertTrue(Thread.interrupted(), "its worker learns of it, too");
    ending.runPendingTasks();
    String text = written(ending);
    assertTrue(text.startsWith("HTTP/1.1 503"), text);
    assertTrue(text.contains("\"reason\":\"ServiceUnavailable\""), text);
    assertTrue(text.contains("ask again"), text);
    ending.finishAndReleaseAll();
  }

  private static String written(EmbeddedChannel channel) {
    var text = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      text.append(part.toString(StandardCharsets.UTF_8));
      part.release();
    }
    return text.toString();
  }

  private void send(String text) {
    send(channel, text);
  }

  private static void send(EmbeddedChannel to, String text) {
    to.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }
}

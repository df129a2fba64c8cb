package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

/** A connection that leaves HTTP. */
class HandoffTest {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: sandjar\r\n\r\n";

  @Test
  void whatTheClientSentAheadOfTheAnswerDoesNotKeepTheConnectionFromBeingRead() {
    var work = new ArrayDeque<Runnable>();
    var taken = new ArrayDeque<Object>();
    var channel =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new IdleStateHandler(0, 0, 0),
            new HttpConnection(
                request -> Response.handoff((upgraded, head) -> taken.add(upgraded)), work::add));
    channel.writeInbound(Unpooled.copiedBuffer(REQUEST.repeat(40), StandardCharsets.US_ASCII));
    assertFalse(channel.config().isAutoRead(), "it is read no further than it must be");
    work.remove().run();
    channel.runPendingTasks();
    assertTrue(taken.contains(channel));
    assertTrue(channel.config().isAutoRead());
  }
}

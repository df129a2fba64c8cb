package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WebSocketBuffersTest {

  @Test
  void whatNobodyTakesIsGivenBackWhenTheClientLeaves() {
    var channels = new WebSocketChannels(false, false, () -> {});
    var channel = new EmbeddedChannel(channels);
    channels.source(0);
    ByteBuf sent = Unpooled.copiedBuffer("\0some bytes", StandardCharsets.UTF_8);
    channel.writeInbound(new BinaryWebSocketFrame(sent));
    assertEquals(1, sent.refCnt());
    channel.close();
    assertEquals(0, sent.refCnt());
  }
}

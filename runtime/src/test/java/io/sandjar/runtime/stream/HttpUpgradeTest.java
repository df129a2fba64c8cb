package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class HttpUpgradeTest {

  @Test
  void aConnectionThatBreaksMeanwhileIsClosedAndNotReportedAsAMistake() {
    var channel = new EmbeddedChannel(new HttpServerCodec());
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    new HttpUpgrade(channel, request, StreamLimits.KUBERNETES);
    channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
    assertFalse(channel.isOpen());
    channel.checkException();
  }
}

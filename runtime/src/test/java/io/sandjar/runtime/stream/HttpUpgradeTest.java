package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

  @Test
  void whoTakesNoAnswersIsHeardOnWhereItHasACommandsInput() {
    assertFalse(upgraded(new StdioOptions(true, true, true, false)).config().isAutoClose());
    assertTrue(upgraded(new StdioOptions(false, true, true, false)).config().isAutoClose());
    assertTrue(upgraded(new StdioOptions(true, true, false, true)).config().isAutoClose());
  }

  @Test
  void butNotForEver() {
    var channel = upgraded(new StdioOptions(true, true, true, false));
    channel.freezeTime();
    channel.pipeline().fireUserEventTriggered(ChannelOutputShutdownEvent.INSTANCE);
    channel.advanceTimeBy(DeafClient.SECONDS, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertFalse(channel.isOpen());
  }

  private static EmbeddedChannel upgraded(StdioOptions options) {
    var channel = new EmbeddedChannel(new HttpServerCodec());
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().set("Connection", "Upgrade").set("Upgrade", "SPDY/3.1");
    new RemoteCommandUpgrade(StreamLimits.KUBERNETES)
        .exec(channel, request, options, CompletableFuture<StdioSession>::new);
    return channel;
  }
}

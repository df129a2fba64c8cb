package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a client sends and nobody takes is given back. */
class SpdyBuffersTest {
  private static final StreamLimits LIMITS =
      new StreamLimits(Duration.ofSeconds(30), Duration.ofHours(1), 10);

  @Test
  void aForwardThatLacksItsSecondStreamKeepsNothingWhenTheClientLeaves() {
    var channel = portForward();
    ByteBuf sent = send(channel, "data", 1);
    assertEquals(1, sent.refCnt());
    channel.close();
    assertEquals(0, sent.refCnt());
  }

  @Test
  void aForwardWhoseSecondStreamDoesNotComeKeepsNothing() {
    var channel = portForward();
    ByteBuf sent = send(channel, "data", 1);
    channel.advanceTimeBy(LIMITS.creationTimeout().toMillis() + 1, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertEquals(0, sent.refCnt());
  }

  @Test
  void aStreamThatIsResetBeforeItsSecondComesIsForgotten() {
    var channel = portForward();
    for (int id = 1; id < 1000; id += 2) {
      ByteBuf sent = send(channel, "data", id);
      assertInstanceOf(SpdySynReplyFrame.class, channel.readOutbound());
      channel.writeInbound(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
      assertEquals(0, sent.refCnt());
    }
  }

  @Test
  void whatComesOnAStreamThatOnlySendsIsDropped() {
    var channel = portForward();
    send(channel, "data", 1);
    assertEquals(0, send(channel, "error", 3).refCnt());

    var exec =
        new EmbeddedChannel(
            new SpdyRemoteCommand(
                    new EmbeddedChannel().eventLoop(),
                    new StdioOptions(false, true, false, false),
                    RemoteCommandProtocol.V4,
                    CompletableFuture<StdioSession>::new,
                    LIMITS,
                    new Leavers(LIMITS.idleTimeout()))
                .connection());
    assertEquals(0, send(exec, "stdout", 1).refCnt());
  }

  @Test
  void inputOfACommandThatIsNeverStartedIsGivenBack() {
    var opening = new CompletableFuture<StdioSession>();
    var channel = exec(opening);
    ByteBuf sent = send(channel, "stdin", 1);
    assertEquals(1, sent.refCnt());
    channel.close();
    assertEquals(0, sent.refCnt(), "it lacks a stream");

    channel = exec(opening);
    sent = send(channel, "stdin", 1);
    send(channel, "error", 3);
    channel.close();
    assertEquals(1, sent.refCnt(), "it may start yet");
    opening.completeExceptionally(new IOException("no such container"));
    channel.runPendingTasks();
    assertEquals(0, sent.refCnt());
  }

  private static EmbeddedChannel exec(CompletableFuture<StdioSession> opening) {
    var channel = new EmbeddedChannel();
    var options = new StdioOptions(true, false, false, false);
    channel
        .pipeline()
        .addLast(
            new SpdyRemoteCommand(
                    channel.eventLoop(),
                    options,
                    RemoteCommandProtocol.V4,
                    () -> opening,
                    LIMITS,
                    new Leavers(LIMITS.idleTimeout()))
                .connection());
    return channel;
  }

  private static EmbeddedChannel portForward() {
    var channel = new EmbeddedChannel();
    PodSockets none =
        family -> {
          throw new IOException("no pod here");
        };
    channel.pipeline().addLast(new SpdyPortForward(channel.eventLoop(), none, LIMITS).connection());
    return channel;
  }

  /** Opens a stream and sends something on it. */
  private static ByteBuf send(EmbeddedChannel channel, String type, int id) {
    var open = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    open.headers().set("streamtype", type).set("port", "80").set("requestid", "1");
    channel.writeInbound(open);
    ByteBuf bytes = Unpooled.copiedBuffer("some bytes", StandardCharsets.UTF_8);
    channel.writeInbound(new DefaultSpdyDataFrame(id, bytes));
    return bytes;
  }
}

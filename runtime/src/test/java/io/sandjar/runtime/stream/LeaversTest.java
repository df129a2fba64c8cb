package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients that hang up may leave behind, by a clock that stands still. */
class LeaversTest {
  private static final Duration LONGEST = Duration.ofHours(4);
  private static final Duration LAST_INPUT = Duration.ofSeconds(10);
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** Has the loop, and is no client: those that close take their own timers with them. */
  private final EmbeddedChannel clock = new EmbeddedChannel();

  private final Leavers leavers = new Leavers(2, LONGEST, LAST_INPUT);

  @BeforeEach
  void stopTheClock() {
    clock.freezeTime();
  }

  @AfterEach
  void end() {
    clock.finishAndReleaseAll();
  }

  @Test
  void whoReadsNothingHasTheLongestTimeAndNoMore() {
    var command = leaveBehind();
    pass(LONGEST.minus(MOMENT));
    assertFalse(command.closed);
    pass(MOMENT);
    assertTrue(command.closed);
  }

  @Test
  void whoHasReadAllHasALittleTimeToWorkOnIt() {
    var command = leaveBehind();
    pass(LONGEST.minus(MOMENT));
    command.take();
    assertTrue(command.inputEnded);
    pass(LAST_INPUT.minus(MOMENT));
    assertFalse(command.closed);
    pass(MOMENT);
    assertTrue(command.closed);
  }

  @Test
  void onlySoManyStayAndWhoIsDoneMakesRoom() {
    var first = leaveBehind();
    var second = leaveBehind();
    assertTrue(leaveBehind().closed, "there is no room for a third");
    assertFalse(first.closed || second.closed);

    first.exit.complete(0);
    clock.runPendingTasks();
    assertTrue(first.closed);
    var third = leaveBehind();
    assertFalse(third.closed);
    assertTrue(leaveBehind().closed);

    pass(LONGEST);
    assertTrue(second.closed && third.closed);
    assertFalse(leaveBehind().closed || leaveBehind().closed, "both places are free again");
    assertTrue(leaveBehind().closed);
  }

  @Test
  void nobodyGivesBackAPlaceTwice() {
    var command = leaveBehind();
    pass(LONGEST);
    command.exit.complete(0);
    command.take();
    pass(LAST_INPUT);
    assertFalse(leaveBehind().closed || leaveBehind().closed);
    assertTrue(leaveBehind().closed);
  }

  private void pass(Duration time) {
    clock.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    clock.runPendingTasks();
  }

  /** A command whose client has sent it something, and left before it was read. */
  private Command leaveBehind() {
    var command = new Command();
    var exec =
        new SpdyRemoteCommand(
            clock.eventLoop(),
            new StdioOptions(true, false, false, false),
            RemoteCommandProtocol.V4,
            () -> CompletableFuture.completedFuture(command),
            StreamLimits.KUBERNETES,
            leavers);
    var client = new EmbeddedChannel(exec.connection());
    open(client, "error", 1);
    open(client, "stdin", 3);
    ByteBuf bytes = Unpooled.copiedBuffer("some bytes", StandardCharsets.UTF_8);
    client.writeInbound(new DefaultSpdyDataFrame(3, bytes));
    clock.runPendingTasks();
    assertEquals("some bytes", command.given.toString(StandardCharsets.UTF_8));
    client.finishAndReleaseAll();
    clock.runPendingTasks();
    return command;
  }

  private static void open(EmbeddedChannel client, String type, int id) {
    var open = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    open.headers().set("streamtype", type);
    client.writeInbound(open);
  }

  /** Reads when it is told to. */
  private final class Command implements StdioSession {
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final CompletableFuture<Void> taken = new CompletableFuture<>();
    private ByteBuf given = Unpooled.EMPTY_BUFFER;
    private boolean inputEnded;
    private boolean closed;

    void take() {
      taken.complete(null);
      clock.runPendingTasks();
    }

    @Override
    public Optional<ByteSink> stdin() {
      return Optional.of(
          new ByteSink() {
            @Override
            public CompletableFuture<Void> write(ByteBuf chunk) {
              given = chunk;
              return taken;
            }

            @Override
            public void close() {
              inputEnded = true;
            }
          });
    }

    @Override
    public Optional<ByteSource> stdout() {
      return Optional.empty();
    }

    @Override
    public Optional<ByteSource> stderr() {
      return Optional.empty();
    }

    @Override
    public void resize(TerminalSize size) {}

    @Override
    public CompletableFuture<Integer> exitStatus() {
      return exit;
    }

    @Override
    public void close() {
      closed = true;
      given.release();
    }
  }
}

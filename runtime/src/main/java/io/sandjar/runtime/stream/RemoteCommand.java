package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Joins a client's channels with a process, and tells the client how the process ended. What a
 * client has sent reaches the process also when the client has left since, but for what was typed
 * at a terminal, which hangs up. Runs on the client connection's event loop.
 */
final class RemoteCommand {
  private static final long DRAIN_CHECK_MILLIS = 500;

  /** A pipe holds no more than this, so whatever comes after it was written after the exit. */
  private static final long DRAIN_BYTES = 1024 * 1024;

  private final EventLoop loop;
  private final StdioOptions options;
  private final RemoteCommandProtocol protocol;
  private final ClientStreams client;
  private final Leavers leavers;
  private final List<ByteCopy> outputs = new ArrayList<>();
  private final List<ByteSource> sources = new ArrayList<>();
  private Optional<ByteCopy> input = Optional.empty();
  private StdioSession session;
  private boolean started;
  private boolean clientGone;
  private boolean finished;
  private boolean ended;

  /** Ends what goes on without its client, if that does not end by itself. */
  private Optional<Future<?>> tooLong = Optional.empty();

  RemoteCommand(
      EventLoop loop,
      StdioOptions options,
      RemoteCommandProtocol protocol,
      ClientStreams client,
      Leavers leavers) {
    this.loop = loop;
    this.options = options;
    this.protocol = protocol;
    this.client = client;
    this.leavers = leavers;
  }

  void start(SessionOpener opener) {
    started = true;
    CompletableFuture<StdioSession> opening;
    try {
      opening = opener.open().toCompletableFuture();
    } catch (RuntimeException e) {
      opening = CompletableFuture.failedFuture(e);
    }
    opening.whenCompleteAsync(this::opened, loop);
  }

  private void opened(StdioSession opened, Throwable failure) {
    if (failure != null) {
      finish(new ExitStatus.Failed("error executing command in container: " + reason(failure)));
      return;
    }
    session = opened;
    joinInput();
    session.stdout().ifPresent(source -> joinOutput(options.stdout(), source, client.stdout()));
    session.stderr().ifPresent(source -> joinOutput(options.stderr(), source, client.stderr()));
    session.exitStatus().whenCompleteAsync(this::exited, loop);
    if (clientGone) {
      goOnWithoutClient();
    }
  }

  private void joinInput() {
    if (options.stdin()) {
      if (session.stdin().isPresent()) {
        input = Optional.of(ByteCopy.start(client.stdin(), session.stdin().get(), loop));
      } else {
        client.stdin().close();
      }
    }
    if (options.terminal()) {
      ByteCopy.start(client.resize(), new Resizing(), loop);
    }
  }

  private void joinOutput(boolean wanted, ByteSource source, ByteSink sink) {
    sources.add(source);
    var from = goesOnWithoutClient() ? new ReadOn(source) : source;
    outputs.add(ByteCopy.start(from, wanted ? sink : NoStream.SINK, loop));
  }

  private boolean goesOnWithoutClient() {
    return input.isPresent() && !options.terminal();
  }

  /** The process has ended; what is still in its pipes is read, and then the client is told. */
  private void exited(Integer code, Throwable failure) {
    if (tooLong.isPresent()) {
      end();
      return;
    }
    var status =
        failure == null
            ? new ExitStatus.Exited(code)
            : new ExitStatus.Failed("the command's fate is unknown: " + reason(failure));
    drain(status, outputs.stream().mapToLong(copy -> copy.copied() + DRAIN_BYTES).toArray());
  }

  /**
   * A process that outlives the command may hold the pipes open, so an output also counts as read
   * when it has had nothing to give for a while, or gives more than was in the pipe.
   */
  private void drain(ExitStatus status, long[] limits) {
    if (finished) {
      return;
    }
    boolean drained = true;
    for (int i = 0; i < limits.length; i++) {
      var copy = outputs.get(i);
      drained &= copy.done().isDone() || copy.copied() > limits[i];
    }
    if (drained) {
      finish(status);
      return;
    }
    var all =
        CompletableFuture.allOf(
            outputs.stream().map(ByteCopy::done).toArray(CompletableFuture[]::new));
    long before = outputs.stream().mapToLong(ByteCopy::copied).sum();
    var check =
        loop.schedule(
            () -> {
              boolean idle =
                  outputs.stream().allMatch(copy -> copy.done().isDone() || copy.waitsForInput())
                      && outputs.stream().mapToLong(ByteCopy::copied).sum() == before;
              if (idle) {
                finish(status);
              } else {
                drain(status, limits);
              }
            },
            DRAIN_CHECK_MILLIS,
            TimeUnit.MILLISECONDS);
    all.whenCompleteAsync(
        (done, failure) -> {
          if (check.cancel(false)) {
            finish(status);
          }
        },
        loop);
  }

  private void finish(ExitStatus status) {
    if (finished) {
      return;
    }
    finished = true;
    end();
    if (!clientGone) {
      // The copies end their sinks themselves; those that nothing was copied to are ended here.
      CompletableFuture.allOf(
              outputs.stream().map(ByteCopy::done).toArray(CompletableFuture[]::new))
          .whenCompleteAsync((done, failure) -> tell(status), loop);
    }
  }

  /** Nothing goes between the client and the process any more. */
  private void end() {
    tooLong.ifPresent(
        waiting -> {
          waiting.cancel(false);
          leavers.leave();
        });
    tooLong = Optional.empty();
    client.stdin().close();
    sources.forEach(ByteSource::close);
    if (session != null && !ended) {
      ended = true;
      session.close();
    }
  }

  private void tell(ExitStatus status) {
    client.stdout().close();
    client.stderr().close();
    var message = status.encode(protocol);
    var told =
        message.length == 0
            ? CompletableFuture.<Void>completedFuture(null)
            : client.error().write(Unpooled.wrappedBuffer(message));
    told.whenCompleteAsync(
        (done, failure) -> {
          client.error().close();
          client.finish();
        },
        loop);
  }

  /** The connection is closed. */
  void clientGone() {
    clientGone = true;
    if (session != null) {
      goOnWithoutClient();
    } else if (!started) {
      client.stdin().close();
    }
  }

  private void goOnWithoutClient() {
    if (finished) {
      return;
    }
    finished = true;
    if (!goesOnWithoutClient()
        || session.exitStatus().isDone()
        || loop.isShuttingDown()
        || !leavers.enter()) {
      end();
      return;
    }
    tooLong = endIn(leavers.longest());
    input.get().done().whenCompleteAsync((done, failure) -> inputTaken(), loop);
  }

  private void inputTaken() {
    if (tooLong.isPresent()) {
      tooLong.get().cancel(false);
      tooLong = endIn(leavers.lastInput());
    }
  }

  private Optional<Future<?>> endIn(Duration time) {
    return Optional.of(loop.schedule(this::end, time.toMillis(), TimeUnit.MILLISECONDS));
  }

  private static String reason(Throwable failure) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /**
   * An output that is read on when its client takes no more of it: what a process reads from its
   * client is not lost because it cannot say a word about it.
   */
  private final class ReadOn implements ByteSource {
    private final ByteSource source;

    ReadOn(ByteSource source) {
      this.source = source;
    }

    @Override
    public CompletableFuture<ByteBuf> read() {
      return source.read();
    }

    @Override
    public void close() {
      ByteCopy.start(source, NoStream.SINK, loop);
    }
  }

  /** Sets the terminal's size as the client tells it. */
  private final class Resizing implements ByteSink {
    private final ResizeMessages messages = new ResizeMessages();

    @Override
    public CompletableFuture<Void> write(ByteBuf chunk) {
      try {
        while (chunk.isReadable()) {
          messages.accept(chunk.readByte()).ifPresent(session::resize);
        }
      } finally {
        chunk.release();
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}

package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Joins a client's channels with a process, and tells the client how the process ended. Runs on the
 * client connection's event loop.
 */
final class RemoteCommand {
  private static final long DRAIN_CHECK_MILLIS = 500;

  /** A pipe holds no more than this, so whatever comes after it was written after the exit. */
  private static final long DRAIN_BYTES = 1024 * 1024;

  private final EventLoop loop;
  private final StdioOptions options;
  private final RemoteCommandProtocol protocol;
  private final ClientStreams client;
  private final List<ByteCopy> outputs = new ArrayList<>();
  private final List<ByteSource> sources = new ArrayList<>();
  private StdioSession session;
  private boolean clientGone;
  private boolean finished;

  RemoteCommand(
      EventLoop loop, StdioOptions options, RemoteCommandProtocol protocol, ClientStreams client) {
    this.loop = loop;
    this.options = options;
    this.protocol = protocol;
    this.client = client;
  }

  void start(SessionOpener opener) {
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
    if (clientGone) {
      finished = true;
      session.close();
      return;
    }
    joinInput();
    session.stdout().ifPresent(source -> joinOutput(options.stdout(), source, client.stdout()));
    session.stderr().ifPresent(source -> joinOutput(options.stderr(), source, client.stderr()));
    session.exitStatus().whenCompleteAsync(this::exited, loop);
  }

  private void joinInput() {
    if (options.stdin()) {
      if (session.stdin().isPresent()) {
        ByteCopy.start(client.stdin(), session.stdin().get(), loop);
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
    outputs.add(ByteCopy.start(source, wanted ? sink : NoStream.SINK, loop));
  }

  /** The process has ended; what is still in its pipes is read, and then the client is told. */
  private void exited(Integer code, Throwable failure) {
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
    sources.forEach(ByteSource::close);
    if (!clientGone) {
      // The copies end their sinks themselves; those that nothing was copied to are ended here.
      CompletableFuture.allOf(
              outputs.stream().map(ByteCopy::done).toArray(CompletableFuture[]::new))
          .whenCompleteAsync((done, failure) -> tell(status), loop);
    }
    if (session != null) {
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
          client.stdin().close();
          client.finish();
        },
        loop);
  }

  /** The connection is closed. */
  void clientGone() {
    clientGone = true;
    if (!finished && session != null) {
      finished = true;
      sources.forEach(ByteSource::close);
      session.close();
    }
  }

  private static String reason(Throwable failure) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
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

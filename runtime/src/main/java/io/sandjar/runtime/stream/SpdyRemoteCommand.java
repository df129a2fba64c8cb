package io.sandjar.runtime.stream;

import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A remote command whose channels are SPDY streams: it starts when the client has opened all of
 * them.
 */
final class SpdyRemoteCommand implements SpdyConnection.Listener, ClientStreams {
  /** The header that says what a stream is for. */
  private static final String STREAM_TYPE = "streamtype";

  private static final String ERROR = "error";
  private static final String STDIN = "stdin";
  private static final String STDOUT = "stdout";
  private static final String STDERR = "stderr";
  private static final String RESIZE = "resize";

  private final Map<String, SpdyStream> streams = new HashMap<>();
  private final Set<String> missing = new HashSet<>();
  private final RemoteCommand command;
  private final SessionOpener opener;
  private final boolean inputLasts;
  private final SpdyConnection connection;
  private final Future<?> tooLate;

  SpdyRemoteCommand(
      EventLoop loop,
      StdioOptions options,
      RemoteCommandProtocol protocol,
      SessionOpener opener,
      StreamLimits limits,
      Leavers leavers) {
    this.opener = opener;
    this.inputLasts = !options.terminal();
    this.command = new RemoteCommand(loop, options, protocol, this, leavers);
    missing.add(ERROR);
    expect(STDIN, options.stdin());
    expect(STDOUT, options.stdout());
    expect(STDERR, options.stderr());
    expect(RESIZE, options.terminal() && protocol.resizes());
    this.connection = new SpdyConnection(this, missing.size());
    this.tooLate =
        loop.schedule(
            (Runnable) connection::finish,
            limits.creationTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void expect(String type, boolean expected) {
    if (expected) {
      missing.add(type);
    }
  }

  SpdyConnection connection() {
    return connection;
  }

  @Override
  public boolean opened(SpdyStream stream) {
    var type = stream.header(STREAM_TYPE);
    if (!missing.remove(type)) {
      return false;
    }
    streams.put(type, stream);
    if (STDIN.equals(type) && inputLasts) {
      stream.outlastClient();
    } else if (!STDIN.equals(type) && !RESIZE.equals(type)) {
      stream.source().close();
    }
    if (missing.isEmpty()) {
      tooLate.cancel(false);
      command.start(opener);
    }
    return true;
  }

  @Override
  public void closed() {
    tooLate.cancel(false);
    command.clientGone();
  }

  @Override
  public ByteSource stdin() {
    return source(STDIN);
  }

  @Override
  public ByteSource resize() {
    return source(RESIZE);
  }

  @Override
  public ByteSink stdout() {
    return sink(STDOUT);
  }

  @Override
  public ByteSink stderr() {
    return sink(STDERR);
  }

  @Override
  public ByteSink error() {
    return sink(ERROR);
  }

  @Override
  public void finish() {
    connection.finish();
  }

  private ByteSource source(String type) {
    var stream = streams.get(type);
    return stream == null ? NoStream.SOURCE : stream.source();
  }

  private ByteSink sink(String type) {
    var stream = streams.get(type);
    return stream == null ? NoStream.SINK : stream.sink();
  }
}

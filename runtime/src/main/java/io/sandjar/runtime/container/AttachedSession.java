package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.log.StdStream;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.Terminal;
import io.sandjar.runtime.stream.ByteSink;
import io.sandjar.runtime.stream.ByteSource;
import io.sandjar.runtime.stream.FdSink;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import io.sandjar.runtime.stream.TerminalSize;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A client joined to the first process of a container, which neither notices. */
final class AttachedSession implements StdioSession {
  private static final System.Logger LOG = System.getLogger(AttachedSession.class.getName());

  private final LiveContainer container;
  private final Optional<Terminal> terminal;
  private final Optional<ByteSink> stdin;
  private final Optional<ByteSource> stdout;
  private final Optional<ByteSource> stderr;

  private AttachedSession(
      LiveContainer container,
      Optional<Terminal> terminal,
      Optional<ByteSink> stdin,
      Optional<ByteSource> stdout,
      Optional<ByteSource> stderr) {
    this.container = container;
    this.terminal = terminal;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  static AttachedSession open(
      Epoll epoll, Container container, LiveContainer live, StdioOptions streams)
      throws IOException {
    Optional<Terminal> terminal = live.monitor().terminal();
    Optional<ByteSink> stdin =
        streams.stdin() && container.spec().stdin()
            ? Optional.of(stdin(epoll, container, live, terminal))
            : Optional.empty();
    boolean separate = terminal.isEmpty();
    return new AttachedSession(
        live,
        terminal,
        stdin,
        streams.stdout() ? Optional.of(live.log().attach(StdStream.STDOUT)) : Optional.empty(),
        streams.stderr() && separate
            ? Optional.of(live.log().attach(StdStream.STDERR))
            : Optional.empty());
  }

  private static ByteSink stdin(
      Epoll epoll, Container container, LiveContainer live, Optional<Terminal> terminal)
      throws IOException {
    if (terminal.isPresent()) {
      return new FdSink(epoll, Pipe.duplicate(terminal.get().master()));
    }
    Fd writer =
        live.monitor()
            .stdinWriter()
            .orElseThrow(
                () ->
                    new EngineException(
                        Kind.FAILED_PRECONDITION,
                        "stdin of container "
                            + container.record().label()
                            + " is closed: it was for one client only"));
    boolean once = container.spec().stdinOnce();
    return new FdSink(
        epoll, Pipe.duplicate(writer), once ? () -> closeStdin(container, live) : () -> {});
  }

  private static void closeStdin(Container container, LiveContainer live) {
    try {
      live.monitor().closeStdin();
    } catch (IOException failed) {
      LOG.log(
          Level.WARNING, "cannot close stdin of container " + container.record().label(), failed);
    }
  }

  @Override
  public Optional<ByteSink> stdin() {
    return stdin;
  }

  @Override
  public Optional<ByteSource> stdout() {
    return stdout;
  }

  @Override
  public Optional<ByteSource> stderr() {
    return stderr;
  }

  @Override
  public void resize(TerminalSize size) {
    terminal.ifPresent(resized -> ProcessSession.resize(resized, size));
  }

  @Override
  public CompletableFuture<Integer> exitStatus() {
    return container.monitor().exit().thenApply(ExitStatus::code);
  }

  @Override
  public void close() {
    stdin.ifPresent(ByteSink::close);
    stdout.ifPresent(ByteSource::close);
    stderr.ifPresent(ByteSource::close);
  }
}

package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.launch.ExecProcess;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.Terminal;
import io.sandjar.runtime.stream.ByteSink;
import io.sandjar.runtime.stream.ByteSource;
import io.sandjar.runtime.stream.FdSink;
import io.sandjar.runtime.stream.FdSource;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import io.sandjar.runtime.stream.TerminalSize;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A client joined to a command that runs for it. */
final class ProcessSession implements StdioSession {
  private static final System.Logger LOG = System.getLogger(ProcessSession.class.getName());

  private final ExecProcess process;
  private final Optional<Terminal> terminal;
  private final Optional<ByteSink> stdin;
  private final Optional<ByteSource> stdout;
  private final Optional<ByteSource> stderr;

  private ProcessSession(
      ExecProcess process,
      Optional<Terminal> terminal,
      Optional<ByteSink> stdin,
      Optional<ByteSource> stdout,
      Optional<ByteSource> stderr) {
    this.process = process;
    this.terminal = terminal;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** The descriptors are its own, also where this fails. */
  static ProcessSession onPipes(
      Epoll epoll,
      ExecProcess process,
      Optional<Fd> stdin,
      Optional<Fd> stdout,
      Optional<Fd> stderr)
      throws IOException {
    return join(process, Optional.empty(), epoll, stdin, stdout, stderr);
  }

  static ProcessSession onTerminal(
      Epoll epoll, ExecProcess process, Terminal terminal, StdioOptions streams)
      throws IOException {
    Optional<Fd> stdin = duplicate(terminal, streams.stdin());
    Optional<Fd> stdout;
    try {
      stdout = duplicate(terminal, streams.stdout());
    } catch (SyscallException e) {
      stdin.ifPresent(Fd::close);
      throw e;
    }
    return join(process, Optional.of(terminal), epoll, stdin, stdout, Optional.empty());
  }

  private static Optional<Fd> duplicate(Terminal terminal, boolean wanted) throws SyscallException {
    return wanted ? Optional.of(Pipe.duplicate(terminal.master())) : Optional.empty();
  }

  private static ProcessSession join(
      ExecProcess process,
      Optional<Terminal> terminal,
      Epoll epoll,
      Optional<Fd> stdin,
      Optional<Fd> stdout,
      Optional<Fd> stderr)
      throws SyscallException {
    Optional<ByteSink> sink = Optional.empty();
    Optional<ByteSource> source = Optional.empty();
    try {
      if (stdin.isPresent()) {
        sink = Optional.of(new FdSink(epoll, stdin.get()));
      }
      if (stdout.isPresent()) {
        source = Optional.of(new FdSource(epoll, stdout.get()));
      }
      Optional<ByteSource> errors =
          stderr.isPresent() ? Optional.of(new FdSource(epoll, stderr.get())) : Optional.empty();
      return new ProcessSession(process, terminal, sink, source, errors);
    } catch (SyscallException | RuntimeException e) {
      // Out of the loop first, which follows what is open.
      sink.ifPresent(ByteSink::close);
      source.ifPresent(ByteSource::close);
      stdin.ifPresent(Fd::close);
      stdout.ifPresent(Fd::close);
      stderr.ifPresent(Fd::close);
      throw e;
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
    terminal.ifPresent(resized -> resize(resized, size));
  }

  static void resize(Terminal terminal, TerminalSize size) {
    try {
      terminal.resize(size.rows(), size.columns());
    } catch (IOException gone) {
      LOG.log(Level.DEBUG, "a terminal could not be resized", gone);
    }
  }

  @Override
  public CompletableFuture<Integer> exitStatus() {
    return process.exit().thenApply(ExitStatus::code);
  }

  /** A command that still runs goes on without its client, but a terminal hangs up. */
  @Override
  public void close() {
    stdin.ifPresent(ByteSink::close);
    stdout.ifPresent(ByteSource::close);
    stderr.ifPresent(ByteSource::close);
    terminal.ifPresent(Terminal::close);
    process.exit().whenComplete((status, failed) -> process.close());
  }
}

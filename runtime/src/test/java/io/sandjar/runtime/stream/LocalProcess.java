package io.sandjar.runtime.stream;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.StreamCalls;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.SaveError;

/** A process of this machine, in the place of one in a container. */
final class LocalProcess implements StdioSession {
  private static final int O_RDWR = 2;
  private static final long TIOCSPTLCK = 0x40045431L;
  private static final long TIOCGPTN = 0x80045430L;
  private static final long TIOCSWINSZ = 0x5414L;

  private final Process process;
  private final Optional<ByteSink> stdin;
  private final ByteSource stdout;
  private final Optional<ByteSource> stderr;
  private final Optional<Fd> master;
  private final List<Pipe> pipes;
  final List<TerminalSize> sizes = new ArrayList<>();
  final CountDownLatch closed = new CountDownLatch(1);

  private LocalProcess(
      Process process,
      Optional<ByteSink> stdin,
      ByteSource stdout,
      Optional<ByteSource> stderr,
      Optional<Fd> master,
      List<Pipe> pipes) {
    this.process = process;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.master = master;
    this.pipes = pipes;
  }

  static LocalProcess shell(Epoll epoll, StdioOptions options, String script) throws IOException {
    return options.terminal()
        ? onTerminal(epoll, script)
        : onPipes(epoll, options, "sh", "-c", script);
  }

  private static LocalProcess onPipes(Epoll epoll, StdioOptions options, String... command)
      throws IOException {
    var out = Pipe.open();
    var err = Pipe.open();
    var in = Pipe.open();
    var process =
        new ProcessBuilder(command)
            .redirectOutput(file(out.writeEnd()))
            .redirectError(file(err.writeEnd()))
            .redirectInput(options.stdin() ? file(in.readEnd()) : new File("/dev/null"))
            .start();
    List.of(out.writeEnd(), err.writeEnd(), in.readEnd()).forEach(Fd::close);
    Optional<ByteSink> stdin = Optional.empty();
    if (options.stdin()) {
      stdin = Optional.of(new FdSink(epoll, in.writeEnd()));
    } else {
      in.close();
    }
    return new LocalProcess(
        process,
        stdin,
        new FdSource(epoll, out.readEnd()),
        Optional.of(new FdSource(epoll, err.readEnd())),
        Optional.empty(),
        List.of(in, out));
  }

  private static LocalProcess onTerminal(Epoll epoll, String script) throws IOException {
    var master =
        new Fd(Syscalls.check(Files.C.open("/dev/ptmx", O_RDWR | 0x100 | 0x80000), "open ptmx"));
    Syscalls.check(Files.C.ioctl(master.number(), TIOCSPTLCK, new short[2]), "unlock the terminal");
    int[] number = new int[1];
    Syscalls.check(
        StreamCalls.get().ioctl(master.number(), TIOCGPTN, number), "number the terminal");
    // The child opens the terminal itself: a leader of a new session gets the first one it opens.
    var opened = "exec <>/dev/pts/" + number[0] + " >&0 2>&0; " + script;
    var process =
        new ProcessBuilder("setsid", "sh", "-c", opened)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new LocalProcess(
        process,
        Optional.of(new FdSink(epoll, Pipe.duplicate(master))),
        new FdSource(epoll, Pipe.duplicate(master)),
        Optional.empty(),
        Optional.of(master),
        List.of());
  }

  /** Whether no more fits into what the command reads. */
  boolean inputIsFull() throws IOException {
    return isFull(pipes.get(0).writeEnd());
  }

  /** Whether no more fits of what the command writes. */
  boolean outputIsFull() throws IOException {
    return isFull(pipes.get(1).readEnd());
  }

  /** But for the rest of a page, in which another write need not fit. */
  private static boolean isFull(Fd end) throws IOException {
    return Pipe.waiting(end) > Pipe.capacity(end) - 4096;
  }

  private static File file(Fd fd) {
    return new File("/proc/self/fd/" + fd.number());
  }

  @Override
  public Optional<ByteSink> stdin() {
    return stdin;
  }

  @Override
  public Optional<ByteSource> stdout() {
    return Optional.of(stdout);
  }

  @Override
  public Optional<ByteSource> stderr() {
    return stderr;
  }

  @Override
  public void resize(TerminalSize size) {
    synchronized (sizes) {
      sizes.add(size);
    }
    master.ifPresent(fd -> Files.C.ioctl(fd.number(), TIOCSWINSZ, winsize(size)));
  }

  private static short[] winsize(TerminalSize size) {
    return new short[] {(short) size.rows(), (short) size.columns(), 0, 0};
  }

  @Override
  public CompletableFuture<Integer> exitStatus() {
    return process.onExit().thenApply(Process::exitValue);
  }

  @Override
  public void close() {
    stdin.ifPresent(sink -> ((FdSink) sink).abort());
    stdout.close();
    stderr.ifPresent(ByteSource::close);
    master.ifPresent(Fd::close);
    process.destroyForcibly();
    closed.countDown();
  }

  /** What the test itself needs of libc. */
  public interface Files {
    Files C = LibraryLoader.create(Files.class).load("c");

    @SaveError
    int open(String path, int flags);

    @SaveError
    int ioctl(int fd, long request, short[] size);
  }
}

package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.stream.ByteSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One container's log: its streams flow into one file, record by record. The public methods may be
 * called from any thread; the work is done on the container's pump thread.
 */
public final class ContainerLog implements AutoCloseable {
  private final PumpThread thread;
  private final LogPipes pipes;
  private final Optional<LogPath> path;
  private final CommitPage page;
  private final List<StreamPump> streams = new ArrayList<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private LogFile file;
  private boolean initEnded;
  private boolean closed;

  private ContainerLog(
      PumpThread thread, LogPipes pipes, Optional<LogPath> path, CommitPage page, LogFile file) {
    this.thread = thread;
    this.pipes = pipes;
    this.path = path;
    this.page = page;
    this.file = file;
  }

  /** Starts on a new log, or goes on where an earlier daemon was stopped. */
  static ContainerLog start(PumpThread thread, LogPipes pipes, Optional<LogPath> path)
      throws IOException {
    var page = CommitPage.map(pipes.commit());
    LogFile file = null;
    try {
      if (path.isPresent()) {
        file = openWhereItStood(page, path.get());
      }
      var log = new ContainerLog(thread, pipes, path, page, file);
      log.onThread(log::startStreams);
      return log;
    } catch (IOException | RuntimeException e) {
      if (file != null) {
        file.close();
      }
      page.close();
      throw e;
    }
  }

  private static LogFile openWhereItStood(CommitPage page, LogPath path) throws IOException {
    var file = LogFile.open(path);
    try {
      if (page.wasUsed()) {
        if (page.file().equals(file.identity())) {
          file.cutTo(page.logLength());
        } else {
          cutRotated(page, path);
        }
      }
      page.log(file.identity(), file.length());
      page.commit();
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** The log was renamed while no daemon was there: its uncommitted end is cut off all the same. */
  private static void cutRotated(CommitPage page, LogPath path) throws IOException {
    var folder = path.file().getParent();
    List<Path> siblings;
    try (var entries = Files.list(folder)) {
      siblings = entries.toList();
    }
    for (var sibling : siblings) {
      if (!Long.valueOf(page.file().inode())
          .equals(Files.getAttribute(sibling, "unix:ino", LinkOption.NOFOLLOW_LINKS))) {
        continue;
      }
      var relative = path.relative().resolveSibling(sibling.getFileName());
      try (var old = LogFile.open(new LogPath(path.directory(), relative))) {
        if (old.identity().equals(page.file())) {
          old.cutTo(page.logLength());
          return;
        }
      }
    }
  }

  private void startStreams() throws IOException {
    try {
      if (pipes instanceof LogPipes.Pipes of) {
        for (var stream : StdStream.values()) {
          Pipe staging = of.staging(stream);
          streams.add(new PipePump(stream, this, thread, page, of.source(stream), staging));
        }
      } else if (pipes instanceof LogPipes.Terminal of) {
        streams.add(new TerminalPump(this, thread, page, of.master()));
      }
    } catch (IOException e) {
      closed = true;
      streams.forEach(StreamPump::close);
      throw e;
    }
    streams.forEach(StreamPump::run);
  }

  /**
   * Appends a chunk; what it did is in force with the page's next commit.
   *
   * @param partial the length of the stream's line that has no end yet, at the start of the
   *     thread's buffer
   * @param count the length of the chunk behind it
   */
  void append(StdStream stream, int partial, int count) throws IOException {
    page.advance(stream, count);
    if (file == null) {
      return;
    }
    int limit = partial + count;
    thread.out.clear();
    int rest =
        thread.records.write(
            stream, Instant.now(), thread.in, partial, limit, thread.out, this::flush);
    flush(thread.out);
    page.keepPartialLine(stream, thread.inMemory, rest, limit - rest);
    page.logLength(file.length());
  }

  private void flush(ByteBuffer records) throws SyscallException {
    if (records.position() > 0) {
      file.append(thread.outAddress, records.position());
      records.clear();
    }
  }

  /** Logs a line that stays without an end. */
  void finishLine(StdStream stream) throws IOException {
    int partial = page.partialLine(stream, thread.inMemory);
    // Without a file the line began in one that could not be opened again.
    if (partial > 0 && file != null) {
      thread.out.clear();
      thread.records.writeLast(stream, Instant.now(), thread.in, partial, thread.out, this::flush);
      flush(thread.out);
      page.keepPartialLine(stream, thread.inMemory, 0, 0);
      page.logLength(file.length());
      page.commit();
    }
  }

  /** After a failure: what is not committed never happened. */
  void forgetUncommitted() {
    page.rollBack();
    if (file != null) {
      try {
        file.cutTo(page.logLength());
      } catch (SyscallException e) {
        // Cutting is tried again with the next failure, or at the next start.
        System.getLogger(ContainerLog.class.getName())
            .log(System.Logger.Level.WARNING, e.getMessage());
      }
    }
  }

  void streamFinished() {
    if (streams.stream().allMatch(StreamPump::isFinished)) {
      drained.complete(null);
    }
  }

  boolean initHasEnded() {
    return initEnded;
  }

  /**
   * Opens the log's path again, after whoever rotates logs has renamed the file. Records before
   * this call are in the old file, those after it in the new one, and none is cut in two.
   */
  public void reopen() throws IOException {
    if (path.isEmpty()) {
      return;
    }
    onThread(
        () -> {
          if (closed) {
            throw new IOException("the log " + this + " is closed");
          }
          var next = LogFile.open(path.get());
          page.log(next.identity(), next.length());
          page.commit();
          file.close();
          file = next;
        });
  }

  /**
   * What the container writes from now on, as it writes it. The reader closes it when it has had
   * enough. A reader that is slow slows the container down; one that reads nothing for a while is
   * cut off.
   */
  public ByteSource attach(StdStream stream) {
    var pump = stream.ordinal() < streams.size() ? streams.get(stream.ordinal()) : null;
    var tap = new LogTap(thread.readerPatience, () -> thread.epoll.execute(pump::resume));
    if (pump == null) {
      tap.end();
      return tap;
    }
    try {
      // Waited for, so that the reader misses nothing that is written after this call.
      onThread(() -> pump.add(tap));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tap;
  }

  /**
   * The container's init has ended. What it wrote is still read; after the bound nobody waits for
   * more, since a process that outlived it may hold the pipes open.
   */
  public void initEnded(Duration drainBound) {
    thread.epoll.execute(
        () -> {
          initEnded = true;
          thread.epoll.schedule(
              () -> streams.forEach(StreamPump::expectNoMore),
              drainBound.toMillis(),
              TimeUnit.MILLISECONDS);
        });
  }

  /**
   * Done when everything that the container wrote is in the log: from then on the monitor is not
   * needed for it. Cancelled by {@link #close}.
   */
  public CompletableFuture<Void> drained() {
    return drained;
  }

  /** Stops reading, and closes this process's descriptors. What a monitor holds is not lost. */
  @Override
  public void close() {
    try {
      onThread(
          () -> {
            if (closed) {
              return;
            }
            closed = true;
            streams.forEach(StreamPump::close);
            page.close();
            if (file != null) {
              file.close();
            }
            pipes.close();
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    drained.cancel(false);
  }

  /** Something that is done on the pump thread. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private void onThread(Work work) throws IOException {
    if (thread.epoll.isCurrentThread()) {
      work.run();
      return;
    }
    var done = new CompletableFuture<Void>();
    thread.epoll.execute(
        () -> {
          try {
            work.run();
            done.complete(null);
          } catch (Throwable e) { // Whatever it is, whoever waits must not wait for ever.
            done.completeExceptionally(e);
          }
        });
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw e;
    }
  }

  @Override
  public String toString() {
    return path.map(LogPath::toString).orElse("a container without a log");
  }
}

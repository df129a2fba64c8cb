package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.SyscallException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Moves the output of all containers into their logs, on a few threads. */
public final class LogPump implements AutoCloseable {
  /** How long an attached client may take nothing while the container waits for it. */
  private static final Duration READER_PATIENCE = Duration.ofSeconds(10);

  private final List<PumpThread> threads = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();

  /**
   * @param threads how many; each takes every so-many-th container
   */
  public LogPump(int threads) throws SyscallException {
    this(threads, READER_PATIENCE);
  }

  LogPump(int threads, Duration readerPatience) throws SyscallException {
    if (threads < 1) {
      throw new IllegalArgumentException("a log pump needs a thread, not " + threads);
    }
    try {
      for (int i = 0; i < threads; i++) {
        this.threads.add(PumpThread.start("log-" + i, readerPatience));
      }
    } catch (SyscallException e) {
      close();
      throw e;
    }
  }

  /**
   * Starts a new container's log, or goes on with one from where an earlier daemon was stopped. The
   * log owns the pipes from now on, also if this fails.
   *
   * @param path where the log lies; without one the output is read and forgotten, so that the
   *     container does not wait
   */
  public ContainerLog start(LogPipes pipes, Optional<LogPath> path) throws IOException {
    var thread = threads.get(Math.floorMod(next.getAndIncrement(), threads.size()));
    try {
      return ContainerLog.start(thread, pipes, path);
    } catch (IOException | RuntimeException e) {
      pipes.close();
      throw e;
    }
  }

  /** Whether all its threads run. */
  public boolean isAlive() {
    return threads.stream().allMatch(thread -> thread.epoll.isAlive());
  }

  /** Ends the threads. Close the logs first. */
  @Override
  public void close() {
    threads.forEach(PumpThread::close);
  }
}

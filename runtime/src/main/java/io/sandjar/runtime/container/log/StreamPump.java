package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Moves one output stream of a container into its log and to its attached clients. Everything in it
 * runs on its pump thread.
 */
abstract class StreamPump {

  /** {@link #pumpChunk} found nothing to read. */
  static final int NOTHING = -1;

  /** {@link #pumpChunk} found that nothing will ever follow. */
  static final int ENDED = 0;

  private static final Logger LOG = System.getLogger(StreamPump.class.getName());

  /** Chunks in a row before other containers on the thread have their turn. */
  private static final int BURST = 8;

  private static final long RETRY_MILLIS = 500;

  /**
   * What is read after the drain bound at most: a writer that outlives its container gets no more.
   */
  private static final int LAST_BYTES = 1024 * 1024;

  final StdStream stream;
  final ContainerLog log;
  final PumpThread thread;
  private final Epoll.Registration registration;
  private final List<LogTap> taps = new ArrayList<>();
  private boolean armed;
  private boolean paused;
  private boolean mustRecover = true;
  private boolean failing;
  private boolean atEnd;
  private boolean finished;
  private boolean closed;
  private int lastBytes = Integer.MAX_VALUE;

  StreamPump(StdStream stream, ContainerLog log, PumpThread thread, Fd source)
      throws SyscallException {
    this.stream = stream;
    this.log = log;
    this.thread = thread;
    this.registration = thread.epoll.register(source, events -> run());
  }

  /** Brings what an earlier daemon, or an earlier failure, left half done to its end. */
  abstract void recover() throws IOException;

  /** Logs the next chunk: its size, {@link #NOTHING} or {@link #ENDED}. */
  abstract int pumpChunk() throws IOException;

  final void run() {
    if (finished || closed || paused) {
      return;
    }
    try {
      if (mustRecover) {
        recover();
        mustRecover = false;
      }
      pumpBurst();
      failing = false;
    } catch (IOException e) {
      retryLater(e);
    }
  }

  private void pumpBurst() throws IOException {
    boolean hurry = lastBytes != Integer.MAX_VALUE;
    for (int i = 0; i < BURST && !atEnd && !paused; i++) {
      int count = pumpChunk();
      if (hurry) {
        lastBytes -= Math.max(count, 0);
        atEnd = count == ENDED || count == NOTHING || lastBytes <= 0;
      } else if (count == ENDED) {
        atEnd = true;
      } else if (tapsAreFull()) {
        pauseForTaps();
      } else if (count < PumpThread.CHUNK / 2) {
        // Nothing is left, or so little that it may wait for its turn.
        break;
      }
    }
    if (atEnd) {
      log.finishLine(stream);
      finish();
    } else if (hurry) {
      thread.epoll.execute(this::run);
    } else if (!armed && !paused) {
      armed = true;
      registration.arm(Epoll.EPOLLIN);
    }
  }

  /** The chunk stays where it is, so its writer waits in the end; nothing is lost. */
  private void retryLater(IOException cause) {
    mustRecover = true;
    pause();
    if (!failing) {
      failing = true;
      LOG.log(
          Level.WARNING,
          "{0}; the container''s output waits until this works: {1}",
          cause.getMessage(),
          log);
    }
    log.forgetUncommitted();
    thread.epoll.schedule(this::resume, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Stops reading for a while. */
  final void pause() {
    paused = true;
    armed = false;
    try {
      registration.disarm();
    } catch (SyscallException e) {
      LOG.log(Level.ERROR, "cannot pause the output of " + log, e);
    }
  }

  final void resume() {
    if (paused && !finished && !closed && !tapsAreFull()) {
      paused = false;
      run();
    }
  }

  /** From now on what is in the pipe is still read, but nobody waits for more. */
  final void expectNoMore() {
    if (!finished && !closed && lastBytes == Integer.MAX_VALUE) {
      lastBytes = LAST_BYTES;
      if (paused && !mustRecover) {
        paused = false;
      }
      run();
    }
  }

  private void finish() {
    finished = true;
    registration.close();
    taps.forEach(LogTap::end);
    taps.clear();
    log.streamFinished();
  }

  final boolean isFinished() {
    return finished;
  }

  /** Leaves the stream as it is; another daemon may go on with it. */
  final void close() {
    closed = true;
    registration.close();
    taps.forEach(LogTap::end);
    taps.clear();
  }

  final void add(LogTap tap) {
    if (finished || closed) {
      tap.end();
    } else {
      taps.add(tap);
    }
  }

  final void tell(ByteBuffer from, int start, int length) {
    if (!taps.isEmpty()) {
      taps.removeIf(LogTap::isClosed);
      taps.forEach(tap -> tap.offer(from, start, length));
    }
  }

  private boolean tapsAreFull() {
    for (var tap : taps) {
      if (tap.isFull()) {
        return true;
      }
    }
    return false;
  }

  private void pauseForTaps() {
    pause();
    thread.epoll.schedule(
        this::cutOffStuckTaps, thread.readerPatience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void cutOffStuckTaps() {
    if (taps.removeIf(LogTap::cutOffIfStuck)) {
      resume();
    } else if (paused && tapsAreFull() && !closed) {
      thread.epoll.schedule(this::cutOffStuckTaps, 1, TimeUnit.SECONDS);
    }
  }
}

package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.content.BlockInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Reads a stream on another thread, some blocks ahead: unpacks there while this one writes. */
final class PumpedInput extends BlockInput {
  private static final int BLOCK = 1 << 18;
  private static final int BLOCKS_AHEAD = 8;

  /** What the other thread hands over: bytes, or how it ended. */
  private record Block(byte[] data, int length, Exception failure) {}

  /** Sees each block whole, in order, on the reading thread. */
  interface Observer {
    void arrived(byte[] data, int length) throws IOException;
  }

  private final InputStream source;
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS_AHEAD);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(BLOCKS_AHEAD + 2);
  private volatile boolean closed;
  private Block current = new Block(new byte[0], 0, null);
  private int at;
  private boolean ended;
  private Observer observer = (data, length) -> {};

  PumpedInput(InputStream source, Executor threads) {
    this.source = source;
    threads.execute(this::pump);
  }

  private void pump() {
    try (InputStream in = source) {
      while (!closed) {
        byte[] block = empty.poll();
        if (block == null) {
          block = new byte[BLOCK];
        }
        int length = in.readNBytes(block, 0, BLOCK);
        if (length == 0) {
          break;
        }
        put(new Block(block, length, null));
      }
      put(new Block(new byte[0], -1, null));
    } catch (IOException | EngineException e) {
      put(new Block(new byte[0], -1, e));
    } catch (RuntimeException | Error e) {
      // Unheard, it would leave the reader waiting for ever.
      put(new Block(new byte[0], -1, new IOException("unpacking failed: " + e, e)));
    }
  }

  /** Waits for room, unless nobody reads any more. */
  private void put(Block block) {
    boolean interrupted = false;
    while (!closed) {
      try {
        if (full.offer(block, 100, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int read(byte[] buffer, int from, int count) throws IOException {
    if (!fill()) {
      return -1;
    }
    int part = Math.min(count, current.length - at);
    System.arraycopy(current.data, at, buffer, from, part);
    at += part;
    return part;
  }

  @Override
  public long skip(long count) throws IOException {
    if (count <= 0 || !fill()) {
      return 0;
    }
    int part = (int) Math.min(count, current.length - at);
    at += part;
    return part;
  }

  void observe(Observer observer) {
    this.observer = observer;
  }

  void skipToEnd() throws IOException {
    while (fill()) {
      at = current.length;
    }
  }

  private boolean fill() throws IOException {
    if (ended) {
      return false;
    }
    while (at == current.length) {
      if (current.data.length == BLOCK) {
        empty.offer(current.data);
      }
      try {
        current = full.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while unpacking");
      }
      at = 0;
      if (current.failure instanceof IOException failure) {
        throw failure;
      }
      if (current.failure instanceof EngineException ended) {
        throw ended;
      }
      if (current.length < 0) {
        ended = true;
        return false;
      }
      observer.arrived(current.data, current.length);
    }
    return true;
  }

  /** Lets the other thread end; what it still reads is lost. */
  @Override
  public void close() throws IOException {
    closed = true;
    full.clear();
    source.close();
  }
}

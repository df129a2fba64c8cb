package io.sandjar.runtime.image.content;

import io.sandjar.runtime.image.CancellableLocks;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * A blob on its way into the store: hashed as it is written, and readable meanwhile by one who
 * trusts nothing of it before {@link #commit}.
 *
 * <p>What an earlier attempt left is hashed again and kept. Closed before the commit, it leaves its
 * bytes for the next attempt; {@link #discard} leaves nothing.
 */
public final class Ingest implements AutoCloseable {
  private final Path file;
  private final Path destination;
  private final Digest digest;
  private final long expected;
  private final MessageDigest hash;
  private final FileChannel out;
  private final CancellableLocks.Held writing;
  private long length;
  private boolean committed;
  private IOException failure;

  /**
   * @param writing keeps other writers of the blob away until this is closed
   */
  Ingest(Path file, Path destination, Digest digest, long expected, CancellableLocks.Held writing)
      throws IOException {
    this.file = file;
    this.destination = destination;
    this.digest = digest;
    this.expected = expected;
    this.hash = digest.newHash();
    this.writing = writing;
    this.out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      hashLeftover();
    } catch (IOException e) {
      out.close();
      throw e;
    }
  }

  private void hashLeftover() throws IOException {
    if (expected >= 0 && out.size() > expected) {
      out.truncate(0);
    }
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (out.read(buffer.clear()) > 0) {
      length += buffer.flip().remaining();
      hash.update(buffer);
    }
  }

  /** Bytes so far: where a download goes on. */
  public synchronized long length() {
    return length;
  }

  public Digest digest() {
    return digest;
  }

  public long expected() {
    return expected;
  }

  /** Appends bytes; more than were announced are refused. */
  public void append(byte[] data, int from, int count) throws IOException {
    if (expected >= 0 && length() + count > expected) {
      throw new BadContentException(
          "blob " + digest + " is longer than the " + expected + " bytes it was announced with");
    }
    ByteBuffer rest = ByteBuffer.wrap(data, from, count);
    while (rest.hasRemaining()) {
      out.write(rest);
    }
    hash.update(data, from, count);
    synchronized (this) {
      length += count;
      notifyAll();
    }
  }

  /** Verifies size and digest, and gives the blob its name. A wrong one is discarded. */
  public void commit() throws IOException {
    if (expected >= 0 && length() != expected) {
      throw new BadContentException(
          "blob " + digest + " has " + length() + " bytes and was announced with " + expected);
    }
    byte[] sum = hash.digest();
    if (!digest.matches(sum)) {
      var wrong = new WrongDigestException(digest, sum);
      fail(wrong);
      remove();
      throw wrong;
    }
    out.close();
    synchronized (this) {
      Files.move(file, destination, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
      notifyAll();
    }
  }

  /** Ends the attempt for readers too, with what ended it. */
  private void fail(IOException reason) {
    synchronized (this) {
      if (failure == null && !committed) {
        failure = reason;
      }
      notifyAll();
    }
  }

  /** Removes the bytes that were written. */
  public void discard() throws IOException {
    fail(new IOException("the download of " + digest + " was given up"));
    remove();
  }

  private void remove() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }

  /** True if there are more than {@code position} bytes; false at the verified end. */
  private synchronized boolean awaitMore(long position) throws IOException {
    try {
      while (length <= position && !committed) {
        throwFailure();
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for blob " + digest);
    }
    return length > position;
  }

  private void throwFailure() throws IOException {
    if (failure instanceof BadContentException) {
      throw new BadContentException(failure.getMessage());
    }
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  /** Reads the blob from its start, waiting for bytes that are still on their way. */
  public synchronized InputStream follow() throws IOException {
    throwFailure();
    Path now = committed ? destination : file;
    return new Following(FileChannel.open(now, StandardOpenOption.READ));
  }

  @Override
  public void close() throws IOException {
    fail(new IOException("the download of " + digest + " was interrupted"));
    try {
      out.close();
    } finally {
      writing.close();
    }
  }

  private final class Following extends BlockInput {
    private final FileChannel in;
    private long position;

    Following(FileChannel in) {
      this.in = in;
    }

    @Override
    public int read(byte[] buffer, int from, int count) throws IOException {
      if (!awaitMore(position)) {
        return -1;
      }
      int got = in.read(ByteBuffer.wrap(buffer, from, count), position);
      position += Math.max(0, got);
      return got;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}

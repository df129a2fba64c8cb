package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.content.BlockInput;
import java.io.IOException;
import java.io.InputStream;

/**
 * What one archive becomes while it is unpacked: ends that when it outgrows its limits, or when its
 * caller has left, and knows what it occupies in the end.
 */
public final class Growth {
  private final UnpackLimits limits;
  private final Cancellation cancellation;

  // Written by the thread that decompresses, read by the one that unpacks too.
  private volatile long packed;
  private volatile long unpacked;

  // Of the thread that unpacks.
  private volatile long copied;
  private long entries;
  private long bytes;
  private long inodes;

  public Growth(UnpackLimits limits, Cancellation cancellation) {
    this.limits = limits;
    this.cancellation = cancellation;
  }

  /** The unpacked bytes of {@code archive}, as far as they may go; closing it closes that too. */
  public InputStream open(InputStream archive) throws IOException {
    return new Unpacked(Decompression.open(new Packed(archive)));
  }

  /** Another entry of the archive. */
  public void entry() throws TarException {
    cancellation.check();
    limits.checkEntries(++entries);
  }

  /** Bytes that the archive did not bring but had copied from elsewhere. */
  void copied(long count) throws TarException {
    copied += count;
    check();
  }

  /** Another file or folder, with the bytes that it occupies. */
  void made(long allocated) {
    inodes++;
    bytes += allocated;
  }

  Usage usage() {
    return new Usage(bytes, inodes);
  }

  private void check() throws TarException {
    cancellation.check();
    limits.checkBytes(packed, unpacked + copied);
  }

  private final class Packed extends Counted {
    Packed(InputStream in) {
      super(in);
    }

    @Override
    void arrived(int count) {
      packed += count;
    }
  }

  private final class Unpacked extends Counted {
    Unpacked(InputStream in) {
      super(in);
    }

    @Override
    void arrived(int count) throws TarException {
      unpacked += count;
      check();
    }
  }

  /** Tells of all that is read. */
  private abstract static class Counted extends BlockInput {
    private final InputStream in;

    Counted(InputStream in) {
      this.in = in;
    }

    abstract void arrived(int count) throws IOException;

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int count = in.read(buffer, from, length);
      if (count > 0) {
        arrived(count);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}

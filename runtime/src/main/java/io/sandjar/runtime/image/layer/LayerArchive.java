package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.content.WrongDigestException;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.linux.file.Folder;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.concurrent.Executor;

/** Unpacks a packed layer while it is read, and verifies the digest of what came out. */
final class LayerArchive {

  private LayerArchive() {}

  /**
   * @param threads runs the decompression
   * @throws WrongDigestException if the unpacked archive is not {@code diffId}
   */
  static Usage unpack(
      InputStream packed,
      Digest diffId,
      Folder into,
      LowerLayers lower,
      UnpackLimits limits,
      Executor threads)
      throws IOException {
    var counted = new Counted(packed);
    MessageDigest hash = diffId.newHash();
    try (var archive = new PumpedInput(Decompression.open(counted), threads)) {
      long[] unpacked = {0};
      archive.observe(
          (data, length) -> {
            unpacked[0] += length;
            limits.checkBytes(counted.count, unpacked[0]);
            hash.update(data, 0, length);
          });
      Usage usage = LayerUnpacker.unpack(archive, into, lower, limits);
      // Padding after the archive's end belongs to its digest.
      archive.skipToEnd();
      byte[] sum = hash.digest();
      if (!diffId.matches(sum)) {
        throw new WrongDigestException(diffId, sum);
      }
      return usage;
    }
  }

  /** Counts packed bytes; written by the decompressing thread, read by the other. */
  private static final class Counted extends FilterInputStream {
    private volatile long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int got = super.read(buffer, from, length);
      count += Math.max(0, got);
      return got;
    }
  }
}

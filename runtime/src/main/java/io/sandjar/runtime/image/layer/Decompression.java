package io.sandjar.runtime.image.layer;

import io.airlift.compress.zstd.ZstdInputStream;
import io.sandjar.runtime.image.content.BlockInput;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Opens a layer's tar archive whatever it is packed with, told by its first bytes: media types are
 * often wrong.
 */
public enum Decompression {
  NONE,
  GZIP,
  ZSTD;

  private static final int BUFFER = 1 << 16;

  public static Decompression of(byte[] start) {
    if (start.length >= 2 && (start[0] & 0xff) == 0x1f && (start[1] & 0xff) == 0x8b) {
      return GZIP;
    }
    if (start.length >= 4 && ZstdFrames.isMagic(ZstdFrames.littleEndian(start, 0))) {
      return ZSTD;
    }
    return NONE;
  }

  /** The unpacked bytes of {@code packed}; closing it closes that too. */
  public static InputStream open(InputStream packed) throws IOException {
    var buffered = new BufferedInputStream(packed, BUFFER);
    buffered.mark(8);
    byte[] start = buffered.readNBytes(4);
    buffered.reset();
    return switch (of(start)) {
      case NONE -> buffered;
      case GZIP -> gunzip(buffered);
      case ZSTD -> new NamedErrors("zstd", new ZstdInputStream(new ZstdFrames(buffered)));
    };
  }

  private static InputStream gunzip(BufferedInputStream packed) throws IOException {
    try {
      return new NamedErrors("gzip", new GZIPInputStream(new Available(packed), BUFFER));
    } catch (EOFException | ZipException e) {
      throw new TarException("the layer's gzip data is damaged: " + e.getMessage());
    }
  }

  /**
   * GZIPInputStream looks for a further member only if available() is positive, which a stream from
   * the network need not be before its end.
   */
  private static final class Available extends FilterInputStream {
    Available(BufferedInputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      in.mark(1);
      int next = in.read();
      in.reset();
      return next < 0 ? 0 : Math.max(1, in.available());
    }
  }

  /** Damaged data is an error about the layer, not about our own disk. */
  private static final class NamedErrors extends BlockInput {
    private final String format;
    private final InputStream in;

    NamedErrors(String format, InputStream in) {
      this.format = format;
      this.in = in;
    }

    @Override
    public int read(byte[] buffer, int from, int count) throws IOException {
      try {
        return in.read(buffer, from, count);
      } catch (EOFException e) {
        throw new TarException("the layer's " + format + " data is truncated");
      } catch (ZipException | io.airlift.compress.MalformedInputException e) {
        throw new TarException("the layer's " + format + " data is damaged: " + e.getMessage());
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new TarException("the layer's " + format + " data is damaged: " + e.getMessage());
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}

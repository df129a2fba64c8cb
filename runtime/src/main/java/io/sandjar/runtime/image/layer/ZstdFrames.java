package io.sandjar.runtime.image.layer;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Passes zstd data on without its skippable frames (RFC 8878, 3.1.2), which aircompressor does not
 * know and zstd:chunked layers end with. Blocks are walked by their headers, not unpacked.
 */
final class ZstdFrames extends FilterInputStream {
  private static final int MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE_MAGIC = 0x184D2A50;
  private static final int SKIPPABLE_MASK = 0xFFFFFFF0;
  private static final int RAW = 0;
  private static final int RLE = 1;
  private static final int COMPRESSED = 2;

  private final byte[] head = new byte[32];
  private int headAt;
  private int headEnd;
  private long body;
  private boolean inFrame;
  private boolean lastBlock;
  private int checksum;

  ZstdFrames(InputStream in) {
    super(in);
  }

  static boolean isMagic(int magic) {
    return magic == MAGIC || (magic & SKIPPABLE_MASK) == SKIPPABLE_MAGIC;
  }

  static int littleEndian(byte[] from, int at) {
    return (from[at] & 0xff)
        | (from[at + 1] & 0xff) << 8
        | (from[at + 2] & 0xff) << 16
        | (from[at + 3] & 0xff) << 24;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int count) throws IOException {
    while (true) {
      if (headAt < headEnd) {
        int part = Math.min(count, headEnd - headAt);
        System.arraycopy(head, headAt, buffer, from, part);
        headAt += part;
        return part;
      }
      if (body > 0) {
        int part = in.read(buffer, from, (int) Math.min(count, body));
        if (part < 0) {
          throw new EOFException();
        }
        body -= part;
        return part;
      }
      headAt = 0;
      headEnd = 0;
      if (inFrame) {
        nextBlock();
      } else if (!nextFrame()) {
        return -1;
      }
    }
  }

  private boolean nextFrame() throws IOException {
    int got = in.readNBytes(head, 0, 4);
    if (got == 0) {
      return false;
    }
    if (got < 4) {
      throw new EOFException();
    }
    int magic = littleEndian(head, 0);
    if ((magic & SKIPPABLE_MASK) == SKIPPABLE_MAGIC) {
      require(0, 4);
      in.skipNBytes(Integer.toUnsignedLong(littleEndian(head, 0)));
      return true;
    }
    if (magic != MAGIC) {
      throw new TarException("the layer's zstd data has something else between its frames");
    }
    require(4, 1);
    int descriptor = head[4];
    boolean single = (descriptor & 0x20) != 0;
    int[] dictionary = {0, 1, 2, 4};
    int contentFlag = (descriptor >> 6) & 3;
    int content = contentFlag == 0 ? (single ? 1 : 0) : 1 << contentFlag;
    int rest = (single ? 0 : 1) + dictionary[descriptor & 3] + content;
    require(5, rest);
    headEnd = 5 + rest;
    checksum = (descriptor & 4) != 0 ? 4 : 0;
    inFrame = true;
    lastBlock = false;
    return true;
  }

  private void nextBlock() throws IOException {
    if (lastBlock) {
      require(0, checksum);
      headEnd = checksum;
      inFrame = false;
      return;
    }
    require(0, 3);
    int header = (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16;
    lastBlock = (header & 1) != 0;
    int size = header >> 3;
    headEnd = 3;
    body =
        switch ((header >> 1) & 3) {
          case RAW, COMPRESSED -> size;
          case RLE -> 1;
          default -> throw new TarException("the layer's zstd data has a reserved block type");
        };
  }

  private void require(int at, int count) throws IOException {
    if (in.readNBytes(head, at, count) < count) {
      throw new EOFException();
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}

package io.sandjar.runtime.image.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecompressionTest {
  private final byte[] content = content();

  private static byte[] content() {
    byte[] content = new byte[700_000];
    new Random(1).nextBytes(content);
    Arrays.fill(content, 100_000, 400_000, (byte) 7);
    return content;
  }

  private static byte[] gzip(byte[] data) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] zstd(byte[] data) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zstd = new ZstdOutputStream(out)) {
      zstd.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] skippable(int length) {
    return ByteBuffer.allocate(8 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x184D2A5E)
        .putInt(length)
        .array();
  }

  private static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    // available() says 0, as it may on a stream from the network.
    var slow =
        new ByteArrayInputStream(packed) {
          @Override
          public synchronized int available() {
            return 0;
          }
        };
    try (InputStream in = Decompression.open(slow)) {
      return in.readAllBytes();
    }
  }

  @Test
  void plainGzipAndZstdAreToldByTheirFirstBytes() throws Exception {
    assertArrayEquals(content, unpack(content));
    assertArrayEquals(content, unpack(gzip(content)));
    assertArrayEquals(content, unpack(zstd(content)));
  }

  @Test
  void severalMembersAreOneStream() throws Exception {
    byte[] half = Arrays.copyOf(content, 300_000);
    byte[] rest = Arrays.copyOfRange(content, 300_000, content.length);
    assertArrayEquals(content, unpack(join(gzip(half), gzip(rest))));
    assertArrayEquals(content, unpack(join(zstd(half), zstd(rest))));
  }

  @Test
  void zstdsSkippableFramesAreSkipped() throws Exception {
    assertArrayEquals(
        content, unpack(join(skippable(5), zstd(content), skippable(1000), skippable(0))));
  }

  @Test
  void truncatedAndDamagedDataIsRefused() throws Exception {
    for (byte[] packed : new byte[][] {gzip(content), zstd(content)}) {
      byte[] cut = Arrays.copyOf(packed, packed.length / 2);
      assertTrue(
          assertThrows(IOException.class, () -> unpack(cut)).getMessage().contains("truncated"));
      byte[] damaged = packed.clone();
      damaged[packed.length - 6] ^= 0x55;
      assertThrows(IOException.class, () -> unpack(damaged));
    }
  }
}

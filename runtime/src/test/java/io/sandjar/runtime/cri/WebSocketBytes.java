package io.sandjar.runtime.cri;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** What a client of a WebSocket might send, byte by byte: right, wrong, or at the wrong time. */
final class WebSocketBytes {
  private static final int FIN = 0x80;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int MASKED = 0x80;
  private static final int TWO_BYTES = 126;
  private static final int EIGHT_BYTES = 127;

  /** What may be wrong; each is drawn at least once. */
  enum Trick {
    CHANNELS,
    BASE64,
    CLOSE_SIGNALS,
    CUT_FRAMES,
    LONE_CONTINUATION,
    ENDLESS_MESSAGE,
    FRAGMENTED_PING,
    LONG_PING,
    PINGS,
    UNMASKED,
    RESERVED,
    WRONG_LENGTHS,
    TOO_LONG,
    CLOSES,
    MANY_EMPTY,
    MUCH_INPUT,
    RESIZES,
    NOISE
  }

  private final Random random;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  WebSocketBytes(Random random) {
    this.random = random;
  }

  byte[] take() {
    return bytes.toByteArray();
  }

  /** A message of bytes, as another protocol is carried. */
  void binary(byte[] payload) {
    frame(FIN | BINARY, payload);
  }

  void add(Trick trick) {
    switch (trick) {
      case CHANNELS -> {
        for (int i = 0; i < 10; i++) {
          binary(noise(random.nextInt(300)));
        }
      }
      case BASE64 -> {
        frame(FIN | TEXT, text("0aGVsbG8="));
        frame(FIN | TEXT, text(random.nextInt(10) + "!not base64%"));
        frame(FIN | TEXT, noise(20));
      }
      case CLOSE_SIGNALS -> {
        binary(new byte[] {(byte) 255});
        binary(new byte[] {(byte) 255, (byte) random.nextInt(256)});
        binary(new byte[] {(byte) 255, 0, 0, 0});
        binary(new byte[] {0, 'x'});
      }
      case CUT_FRAMES -> {
        bytes.write(FIN | BINARY);
        bytes.write(MASKED | TWO_BYTES);
        bytes.writeBytes(noise(random.nextInt(3)));
      }
      case LONE_CONTINUATION -> frame(FIN | CONTINUATION, noise(5));
      case ENDLESS_MESSAGE -> {
        frame(BINARY, new byte[] {0, 'x'});
        for (int i = 0; i < 200; i++) {
          frame(CONTINUATION, noise(500));
        }
      }
      case FRAGMENTED_PING -> {
        frame(PING, noise(3));
        frame(FIN | CONTINUATION, noise(3));
      }
      case LONG_PING -> frame(FIN | PING, noise(200));
      case PINGS -> {
        int many = random.nextBoolean() ? 3 : 20_000;
        for (int i = 0; i < many; i++) {
          frame(FIN | PING, new byte[4]);
        }
      }
      case UNMASKED -> {
        bytes.write(FIN | BINARY);
        bytes.write(2);
        bytes.writeBytes(noise(2));
      }
      case RESERVED -> frame(random.nextInt(256), noise(10));
      case WRONG_LENGTHS -> {
        bytes.write(FIN | BINARY);
        bytes.write(MASKED | EIGHT_BYTES);
        long length = random.nextBoolean() ? random.nextLong() : random.nextInt(10);
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(length).array());
        bytes.writeBytes(noise(100));
      }
      case TOO_LONG -> {
        bytes.write(FIN | BINARY);
        bytes.write(MASKED | EIGHT_BYTES);
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(1L << 24).array());
        bytes.writeBytes(noise(100_000));
      }
      case CLOSES -> {
        frame(FIN | CLOSE, noise(random.nextInt(4)));
        frame(FIN | CLOSE, new byte[0]);
        binary(new byte[] {0, 'x'});
      }
      case MANY_EMPTY -> {
        for (int i = 0; i < 5000; i++) {
          binary(new byte[0]);
        }
      }
      case MUCH_INPUT -> {
        for (int i = 0; i < 20; i++) {
          binary(new byte[60_000]);
        }
      }
      case RESIZES -> {
        for (String size :
            new String[] {"null}", "{\"Width\":-1e99,\"Height\":1}", "}}[[{", "{}"}) {
          binary(text((char) 4 + size));
        }
      }
      case NOISE -> bytes.writeBytes(noise(random.nextInt(500)));
    }
  }

  private void frame(int head, byte[] payload) {
    bytes.write(head);
    if (payload.length < TWO_BYTES) {
      bytes.write(MASKED | payload.length);
    } else if (payload.length < 1 << 16) {
      bytes.write(MASKED | TWO_BYTES);
      bytes.write(payload.length >> 8);
      bytes.write(payload.length);
    } else {
      bytes.write(MASKED | EIGHT_BYTES);
      bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(payload.length).array());
    }
    // A mask of zeros changes nothing.
    bytes.writeBytes(new byte[4]);
    bytes.writeBytes(payload);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }
}

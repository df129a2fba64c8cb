package io.sandjar.runtime.cri;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;

/** What a client of SPDY might send, byte by byte: right, wrong, or right at the wrong time. */
final class SpdyBytes {
  private static final int VERSION = 0x8003;
  private static final int SYN_STREAM = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 9;
  private static final int LARGEST = 0xffffff;
  private static final int INITIAL_WINDOW_SIZE = 7;

  /** What may be wrong; each is drawn at least once. */
  enum Trick {
    DATA,
    CUT_FRAMES,
    WRONG_LENGTHS,
    GARBAGE_HEADERS,
    BOMB,
    SETTINGS,
    MANY_SETTINGS,
    RESETS,
    PINGS,
    WINDOWS,
    REUSED_IDS,
    MANY_STREAMS,
    ANSWERS,
    UNKNOWN_TYPES,
    HUGE_DATA,
    NOISE
  }

  private final Random random;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Deflater deflater = new Deflater();
  private int nextId = 1;

  SpdyBytes(Random random) throws IOException {
    this.random = random;
    try (InputStream dictionary =
        SpdyBytes.class.getResourceAsStream("/io/sandjar/runtime/stream/spdy-3.1-dictionary")) {
      deflater.setDictionary(dictionary.readAllBytes());
    }
  }

  byte[] take() {
    byte[] taken = bytes.toByteArray();
    deflater.end();
    return taken;
  }

  /** Opens a stream as it should be. */
  void open(String... headers) {
    synStream(nextId, block(headers));
    nextId += 2;
  }

  void data(int id, byte[] payload, boolean last) {
    frame(id, (last ? 1 << 24 : 0) | payload.length, payload);
  }

  void add(Trick trick) {
    switch (trick) {
      case DATA -> {
        for (int i = 0; i < 5; i++) {
          data(anId(), noise(random.nextInt(2000)), random.nextInt(4) == 0);
        }
      }
      case CUT_FRAMES -> {
        synStream(nextId, Arrays.copyOf(block("streamtype", "data"), random.nextInt(10)));
        nextId += 2;
      }
      case WRONG_LENGTHS -> {
        int type = random.nextInt(12);
        control(type, random.nextInt(20), noise(random.nextInt(20)));
      }
      case GARBAGE_HEADERS -> synStream(nextId, noise(1 + random.nextInt(300)));
      case BOMB -> {
        byte[] bomb = deflated(new byte[8 << 20]);
        control(SYN_STREAM, LARGEST, ints(nextId, 0));
        for (int i = 0; i < 20; i++) {
          bytes.writeBytes(bomb);
        }
      }
      case SETTINGS -> {
        int size = random.nextBoolean() ? random.nextInt() : random.nextInt(1000);
        control(SETTINGS, 12, ints(1, INITIAL_WINDOW_SIZE, size));
        control(SETTINGS, 4, ints(random.nextInt(3)));
      }
      case MANY_SETTINGS -> {
        int many = 20_000;
        control(SETTINGS, 4 + 8 * many, ints(many));
        for (int i = 0; i < many; i++) {
          bytes.writeBytes(ints(1 + random.nextInt(LARGEST), random.nextInt()));
        }
      }
      case RESETS -> {
        for (int i = 0; i < 10; i++) {
          control(RST_STREAM, 8, ints(anId(), random.nextInt(14)));
        }
      }
      case PINGS -> {
        int many = random.nextBoolean() ? 3 : 20_000;
        for (int i = 0; i < many; i++) {
          control(PING, 4, ints(i));
        }
      }
      case WINDOWS -> {
        for (int delta : List.of(0, 1, Integer.MAX_VALUE, -1, 70_000)) {
          control(WINDOW_UPDATE, 8, ints(random.nextBoolean() ? 0 : anId(), delta));
        }
      }
      case REUSED_IDS -> {
        for (int id : List.of(1, 2, 0, nextId, nextId, -1, Integer.MAX_VALUE, nextId + 2)) {
          synStream(id, block("streamtype", "data", "port", "9"));
        }
      }
      case MANY_STREAMS -> {
        for (int i = 0; i < 2000; i++) {
          int id = nextId;
          open("streamtype", i % 2 == 0 ? "data" : "error", "port", "9", "requestid", "m" + i / 2);
          if (random.nextInt(3) == 0) {
            control(RST_STREAM, 8, ints(id, 5));
          }
        }
      }
      case ANSWERS -> {
        // SYN_REPLY and HEADERS, of what nobody asked for; GOAWAY.
        control(2, 4 + 4, ints(anId(), 0));
        control(8, 4 + 4, ints(anId(), 0));
        control(7, 8, ints(anId(), 0));
      }
      case UNKNOWN_TYPES -> control(10 + random.nextInt(1000), 50, noise(50));
      case HUGE_DATA -> frame(anId(), LARGEST, noise(100_000));
      case NOISE -> bytes.writeBytes(noise(random.nextInt(500)));
    }
  }

  private int anId() {
    return random.nextInt(5) == 0 ? random.nextInt() & Integer.MAX_VALUE : random.nextInt(12);
  }

  private void synStream(int id, byte[] block) {
    byte[] payload = ByteBuffer.allocate(10 + block.length).putInt(id).array();
    System.arraycopy(block, 0, payload, 10, block.length);
    control(SYN_STREAM, payload.length, payload);
  }

  private void control(int type, int length, byte[] payload) {
    frame(VERSION << 16 | type, length, payload);
  }

  private void frame(int head, int flagsAndLength, byte[] payload) {
    bytes.writeBytes(ints(head, flagsAndLength));
    bytes.writeBytes(payload);
  }

  private byte[] block(String... headers) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    plain.writeBytes(ints(headers.length / 2));
    for (String text : headers) {
      byte[] field = text.getBytes(StandardCharsets.UTF_8);
      plain.writeBytes(ints(field.length));
      plain.writeBytes(field);
    }
    return deflated(plain.toByteArray());
  }

  private byte[] deflated(byte[] plain) {
    deflater.setInput(plain);
    byte[] buffer = new byte[plain.length / 10 + 1000];
    return Arrays.copyOf(buffer, deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH));
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  private static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * values.length);
    Arrays.stream(values).forEach(buffer::putInt);
    return buffer.array();
  }
}

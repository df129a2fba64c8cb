package io.sandjar.runtime.stream;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A SPDY/3.1 client written from the protocol's text, so that it shares no mistake with the
 * server's codec. Like Go's spdystream it manages no windows, unless it is told to.
 */
final class SpdyClient implements AutoCloseable {
  private static final int VERSION = 0x8003;
  private static final int SYN_STREAM = 1;
  private static final int SYN_REPLY = 2;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 9;
  private static final int FIN = 1;
  private static final int INITIAL_WINDOW_SIZE = 7;

  private final Socket socket;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final Deflater deflater = new Deflater();
  private final Inflater inflater = new Inflater();
  private final Map<Integer, Stream> streams = new HashMap<>();
  private int nextId = 1;
  private boolean paused;
  private boolean goneAway;
  private boolean closed;

  /** What the server answered to the upgrade. */
  final List<String> answer = new ArrayList<>();

  /** One stream as the client sees it. */
  final class Stream {
    final int id;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean replied;
    boolean ended;
    boolean reset;

    Stream(int id) {
      this.id = id;
    }

    void send(byte[] bytes) throws IOException {
      data(id, bytes, false);
    }

    void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.UTF_8));
    }

    void end() throws IOException {
      data(id, new byte[0], true);
    }

    void reset() throws IOException {
      control(RST_STREAM, 0, ints(id, 5));
    }

    void openWindow(int bytes) throws IOException {
      control(WINDOW_UPDATE, 0, ints(id, bytes));
    }

    String text() {
      synchronized (SpdyClient.this) {
        return received.toString(StandardCharsets.UTF_8);
      }
    }

    byte[] bytes() {
      synchronized (SpdyClient.this) {
        return received.toByteArray();
      }
    }

    /** All that comes until the server ends the stream or the connection. */
    String textToEnd() throws InterruptedException {
      await(() -> ended || reset || closed);
      return text();
    }

    void awaitText(String expected) throws InterruptedException {
      await(() -> received.toString(StandardCharsets.UTF_8).contains(expected) || closed);
    }
  }

  /** A state of the client that a test waits for. */
  interface Condition {
    boolean holds();
  }

  /**
   * @param versions offered as X-Stream-Protocol-Version
   */
  SpdyClient(String url, String... versions) throws IOException {
    var uri = URI.create(url);
    socket = new Socket(uri.getHost(), uri.getPort());
    out = new DataOutputStream(socket.getOutputStream());
    in = new DataInputStream(socket.getInputStream());
    byte[] dictionary = dictionary();
    deflater.setDictionary(dictionary);
    var request = new StringBuilder("POST " + uri.getRawPath() + " HTTP/1.1\r\nHost: test\r\n");
    request.append("Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n");
    for (var version : versions) {
      request.append("X-Stream-Protocol-Version: ").append(version).append("\r\n");
    }
    out.write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    for (var line = line(); !line.isEmpty(); line = line()) {
      answer.add(line);
    }
    if (isUpgraded()) {
      var reader = new Thread(() -> readFrames(dictionary), "spdy-client");
      reader.setDaemon(true);
      reader.start();
    }
  }

  private static byte[] dictionary() throws IOException {
    try (InputStream resource = SpdyClient.class.getResourceAsStream("spdy-3.1-dictionary")) {
      return resource.readAllBytes();
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  boolean isUpgraded() {
    return answer.get(0).startsWith("HTTP/1.1 101");
  }

  /** The answer's header, in small letters, or null. */
  String header(String name) {
    for (var line : answer) {
      if (line.toLowerCase().startsWith(name + ": ")) {
        return line.substring(name.length() + 2);
      }
    }
    return null;
  }

  /** Opens a stream with these headers, name and value by turns; waits for the server's answer. */
  Stream open(String... headers) throws IOException, InterruptedException {
    Stream stream;
    synchronized (this) {
      stream = new Stream(nextId);
      nextId += 2;
      streams.put(stream.id, stream);
    }
    var block = new ByteArrayOutputStream();
    var fields = new DataOutputStream(block);
    fields.writeInt(headers.length / 2);
    for (var text : headers) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      fields.writeInt(bytes.length);
      fields.write(bytes);
    }
    var frame = new ByteArrayOutputStream();
    frame.write(ints(stream.id, 0));
    frame.write(new byte[2]);
    synchronized (out) {
      frame.write(deflate(block.toByteArray()));
      control(SYN_STREAM, 0, frame.toByteArray());
    }
    await(() -> stream.replied || stream.reset || closed);
    return stream;
  }

  private byte[] deflate(byte[] bytes) {
    deflater.setInput(bytes);
    byte[] buffer = new byte[bytes.length + 1000];
    int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
    return Arrays.copyOf(buffer, length);
  }

  /** From now on the server may send only so much on a stream before it is told to go on. */
  void manageWindows(int initial) throws IOException {
    control(SETTINGS, 0, ints(1, INITIAL_WINDOW_SIZE, initial));
  }

  /** Reads nothing from the connection while it is paused. */
  synchronized void pause(boolean pause) {
    paused = pause;
    notifyAll();
  }

  private void control(int type, int flags, byte[] payload) throws IOException {
    synchronized (out) {
      out.writeShort(VERSION);
      out.writeShort(type);
      out.writeInt(flags << 24 | payload.length);
      out.write(payload);
      out.flush();
    }
  }

  private void data(int id, byte[] bytes, boolean last) throws IOException {
    synchronized (out) {
      out.writeInt(id);
      out.writeInt((last ? FIN : 0) << 24 | bytes.length);
      out.write(bytes);
      out.flush();
    }
  }

  private static byte[] ints(int... values) {
    var bytes = ByteBuffer.allocate(Integer.BYTES * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private void readFrames(byte[] dictionary) {
    try {
      while (true) {
        awaitUnpaused();
        int head = in.readInt();
        int flagsAndLength = in.readInt();
        byte[] payload = in.readNBytes(flagsAndLength & 0xffffff);
        boolean last = (flagsAndLength >>> 24 & FIN) != 0;
        if (head < 0) {
          controlFrame(head & 0xffff, payload, dictionary, last);
        } else {
          dataFrame(head, payload, last);
        }
      }
    } catch (IOException | DataFormatException e) {
      synchronized (this) {
        closed = true;
        notifyAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void awaitUnpaused() throws InterruptedException {
    while (paused) {
      wait();
    }
  }

  private synchronized void controlFrame(int type, byte[] payload, byte[] dictionary, boolean last)
      throws DataFormatException, IOException {
    var fields = ByteBuffer.wrap(payload);
    if (type == SYN_REPLY) {
      var stream = streams.get(fields.getInt());
      // A block without headers is four zero bytes: one that is missing is a mistake.
      if (inflate(payload, Integer.BYTES, dictionary) < Integer.BYTES) {
        throw new IOException("a SYN_REPLY without a header block");
      }
      stream.replied = true;
      stream.ended |= last;
    } else if (type == RST_STREAM) {
      var stream = streams.get(fields.getInt());
      stream.reset = true;
    } else if (type == GOAWAY) {
      goneAway = true;
    }
    notifyAll();
  }

  private int inflate(byte[] payload, int offset, byte[] dictionary) throws DataFormatException {
    inflater.setInput(payload, offset, payload.length - offset);
    byte[] buffer = new byte[4096];
    int length = inflater.inflate(buffer);
    if (length == 0 && inflater.needsDictionary()) {
      inflater.setDictionary(dictionary);
      length = inflater.inflate(buffer);
    }
    return length;
  }

  private synchronized void dataFrame(int id, byte[] payload, boolean last) {
    var stream = streams.get(id);
    stream.received.writeBytes(payload);
    stream.ended |= last;
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized boolean isGoneAway() {
    return goneAway;
  }

  void await(Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    synchronized (this) {
      while (!condition.holds()) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("what the client waits for does not happen");
        }
        wait(Math.min(left, 20));
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.sandjar.runtime.stream;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Kubernetes channels over the JDK's WebSocket. */
final class WebSocketClient implements WebSocket.Listener, AutoCloseable {
  private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private final StringBuilder text = new StringBuilder();
  private final boolean base64;
  private final WebSocket socket;

  WebSocketClient(String url, String subprotocol) {
    base64 = subprotocol.contains("base64");
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .subprotocols(subprotocol)
            .buildAsync(URI.create(url.replaceFirst("http", "ws")), this)
            .join();
  }

  String subprotocol() {
    return socket.getSubprotocol();
  }

  void send(int channel, String data) {
    send(channel, data.getBytes(StandardCharsets.UTF_8));
  }

  void send(int channel, byte[] data) {
    if (base64) {
      socket
          .sendText((char) ('0' + channel) + Base64.getEncoder().encodeToString(data), true)
          .join();
    } else {
      var bytes = ByteBuffer.allocate(1 + data.length).put((byte) channel).put(data).flip();
      socket.sendBinary(bytes, true).join();
    }
  }

  /** v5: no more follows on the channel. */
  void end(int channel) {
    socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, (byte) channel}), true).join();
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    byte[] part = new byte[data.remaining()];
    data.get(part);
    message.writeBytes(part);
    if (last) {
      take(message.toByteArray());
      message.reset();
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      byte[] decoded = Base64.getDecoder().decode(text.substring(1));
      var whole = ByteBuffer.allocate(1 + decoded.length);
      take(whole.put((byte) (text.charAt(0) - '0')).put(decoded).array());
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  private void take(byte[] whole) {
    var channel = received.computeIfAbsent((int) whole[0], n -> new ByteArrayOutputStream());
    synchronized (received) {
      channel.write(whole, 1, whole.length - 1);
      received.notifyAll();
    }
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed.complete(status);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  String received(int channel) {
    synchronized (received) {
      var bytes = received.get(channel);
      return bytes == null ? "" : bytes.toString(StandardCharsets.UTF_8);
    }
  }

  byte[] bytes(int channel) {
    synchronized (received) {
      return received.get(channel).toByteArray();
    }
  }

  void awaitText(int channel, String expected) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    synchronized (received) {
      while (!received(channel).contains(expected)) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("channel " + channel + " only has: " + received(channel));
        }
        received.wait(100);
      }
    }
  }

  /** The status that the server closes with. */
  int awaitClose() throws Exception {
    return closed.get(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    socket.abort();
  }
}

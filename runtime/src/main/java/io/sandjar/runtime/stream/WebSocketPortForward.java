package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A port-forward over WebSocket channels, as clients without SPDY do it: the ports are named in the
 * request, and each has one connection, on two channels of its own. The first message on each
 * channel is the port's number, little-endian.
 */
final class WebSocketPortForward {
  /** A channel's number is one byte, each port has two, and the last one closes others. */
  static final int MOST_PORTS = 127;

  private final EventLoop loop;
  private final List<Integer> ports;
  private final PodDialer dialer;
  private final WebSocketChannels channels;
  private final List<ForwardedConnection> open = new ArrayList<>();

  /**
   * @param ends whether the client may end single channels
   */
  WebSocketPortForward(
      EventLoop loop, List<Integer> ports, PodSockets sockets, boolean base64, boolean ends) {
    this.loop = loop;
    this.ports = ports;
    this.dialer = new PodDialer(sockets, loop);
    this.channels = new WebSocketChannels(base64, ends, this::closed);
    for (int i = 0; i < ports.size(); i++) {
      channels.source(dataChannel(i));
    }
  }

  WebSocketChannels channels() {
    return channels;
  }

  private static int dataChannel(int index) {
    return 2 * index;
  }

  private static int errorChannel(int index) {
    return 2 * index + 1;
  }

  /** To be called when the handshake is done. */
  void start() {
    var ends = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i);
      var data = channels.sink(dataChannel(i));
      var error = channels.sink(errorChannel(i));
      data.write(number(port));
      error.write(number(port));
      var forwarded =
          new ForwardedConnection(loop, port, channels.source(dataChannel(i)), data, error);
      open.add(forwarded);
      ends.add(forwarded.start(dialer));
    }
    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .thenRunAsync(() -> channels.finish(WebSocketCloseStatus.NORMAL_CLOSURE), loop);
  }

  private static ByteBuf number(int port) {
    return Unpooled.buffer(Short.BYTES).writeShortLE(port);
  }

  private void closed() {
    open.forEach(ForwardedConnection::abort);
  }
}

package io.sandjar.runtime.stream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Connects to a port inside a pod, on IPv4's loopback first and then on IPv6's. */
final class PodDialer {
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final byte[] LOOPBACK_4 = {127, 0, 0, 1};
  private static final byte[] LOOPBACK_6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  private final PodSockets sockets;
  private final EventLoop loop;

  PodDialer(PodSockets sockets, EventLoop loop) {
    this.sockets = sockets;
    this.loop = loop;
  }

  /** A connected socket. */
  record Connection(Channel channel, ChannelBytes bytes) {}

  CompletableFuture<Connection> dial(int port) {
    return dial(StandardProtocolFamily.INET, LOOPBACK_4, port)
        .handle(
            (connected, refused) ->
                refused == null
                    ? CompletableFuture.completedFuture(connected)
                    : dial(StandardProtocolFamily.INET6, LOOPBACK_6, port)
                        .exceptionallyCompose(refusedToo -> failure(port, refused, refusedToo)))
        .thenCompose(connected -> connected);
  }

  private static CompletableFuture<Connection> failure(
      int port, Throwable refused, Throwable refusedToo) {
    return CompletableFuture.failedFuture(
        new IOException(
            "nothing answers at port "
                + port
                + " inside the pod: on IPv4 "
                + reason(refused)
                + ", on IPv6 "
                + reason(refusedToo)));
  }

  /** Netty puts the address behind the reason, which says nothing new here. */
  private static String reason(Throwable refused) {
    var cause = refused instanceof CompletionException ? refused.getCause() : refused;
    var message = String.valueOf(cause.getMessage());
    int address = message.indexOf(": /");
    if (address < 0) {
      return message;
    }
    message = message.substring(0, address);
    return message.substring(message.lastIndexOf(": ") + 1).strip();
  }

  private CompletableFuture<Connection> dial(ProtocolFamily family, byte[] host, int port) {
    SocketChannel socket;
    InetSocketAddress address;
    try {
      address = new InetSocketAddress(InetAddress.getByAddress(host), port);
      socket = sockets.open(family);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    var bytes = new ChannelBytes();
    var connecting =
        new Bootstrap()
            .group(loop)
            .channelFactory(() -> new NioSocketChannel(socket))
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(bytes)
            .connect(address);
    return Completions.of(connecting)
        .thenApply(connected -> new Connection(connecting.channel(), bytes));
  }
}

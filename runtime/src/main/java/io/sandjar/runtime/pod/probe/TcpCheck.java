package io.sandjar.runtime.pod.probe;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Connects, and that is all. */
final class TcpCheck {
  private final EventLoopGroup loops;

  TcpCheck(EventLoopGroup loops) {
    this.loops = loops;
  }

  CompletableFuture<ProbeOutcome> run(String host, int port, Duration timeout) {
    var outcome = new CompletableFuture<ProbeOutcome>();
    var connecting =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
            // Closed with a reset: thousands of probes must not leave as many sockets in TIME_WAIT.
            .option(ChannelOption.SO_LINGER, 0)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(host, port);
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            connecting.channel().close();
            outcome.complete(ProbeOutcome.success(""));
          } else {
            outcome.complete(
                ProbeOutcome.failure(
                    "dial tcp " + host + ":" + port + ": " + reason(done.cause())));
          }
        });
    return outcome;
  }

  /** What went wrong, without the address that Netty puts behind it. */
  static String reason(Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    int address = message.indexOf(": /");
    return address < 0 ? message : message.substring(0, address);
  }
}

package io.sandjar.runtime.cri;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.runtime.linux.SocketFile;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Serves CRI v1 on a unix socket. */
public final class CriServer implements AutoCloseable {
  /** The kubelet's own limit; a list of many containers with long annotations passes 4 MiB. */
  private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

  /** How long an RPC in flight may still run once the server is told to stop. */
  private static final long GRACE_SECONDS = 5;

  private final Server server;
  private final SocketFile socket;

  /**
   * @param loops Netty's event loops, shared with the daemon's other servers
   * @param workers runs the handlers, which may block
   * @param metrics is told of every call
   */
  public CriServer(
      SocketFile socket,
      Collection<? extends RpcFamily> families,
      EventLoopGroup loops,
      Executor workers,
      RpcMetrics metrics) {
    this.socket = socket;
    var builder =
        NettyServerBuilder.forAddress(socket.address())
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            // gRPC sets it for every transport; a unix socket does not know it and Netty warns.
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            // Whatever may block goes on to the workers by itself; see Rpcs.
            .directExecutor()
            .intercept(metrics)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES);
    Rpcs.bind(
            families,
            workers,
            RuntimeServiceGrpc.getServiceDescriptor(),
            ImageServiceGrpc.getServiceDescriptor())
        .forEach(builder::addService);
    this.server = builder.build();
  }

  public void start() throws IOException {
    socket.bind(server::start);
  }

  /** Takes no new RPC, lets those in flight end, and removes the socket. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    socket.remove();
  }
}

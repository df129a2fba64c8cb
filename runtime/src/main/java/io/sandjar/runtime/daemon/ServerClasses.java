package io.sandjar.runtime.daemon;

import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import java.net.UnixDomainSocketAddress;

/**
 * Loads what the servers are made of on a second processor, while the engine, which must be there
 * before them, is still loading on the first.
 */
final class ServerClasses {

  private ServerClasses() {}

  static void loadBeside() {
    var thread = new Thread(ServerClasses::load, "load servers");
    thread.setDaemon(true);
    thread.start();
  }

  private static void load() {
    NettyServerBuilder.forAddress(UnixDomainSocketAddress.of("/"))
        .channelType(NioServerDomainSocketChannel.class)
        .addService(
            io.grpc.ServerServiceDefinition.builder(RuntimeServiceGrpc.SERVICE_NAME).build());
    RuntimeServiceGrpc.getServiceDescriptor();
    ImageServiceGrpc.getServiceDescriptor();
    new HttpServerCodec();
  }
}

package io.sandjar.runtime.stream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The HTTP server that CRI's Exec, Attach and PortForward send clients to. Its URLs hold a token
 * that is good for one connection, made soon.
 */
public final class StreamingServer implements AutoCloseable {

  /**
   * What a token stands for.
   *
   * @param kind the first part of the URL's path
   */
  record Grant(String kind, Service service) {}

  /** Goes on with the connection that brought the token. */
  @FunctionalInterface
  interface Service {
    void serve(Channel channel, HttpRequest request);
  }

  private static final String EXEC = "exec";
  private static final String ATTACH = "attach";
  private static final String PORT_FORWARD = "portforward";

  private final StreamTokens<Grant> tokens;
  private final RemoteCommandUpgrade commands;
  private final PortForwardUpgrade forwards;
  private final MultiThreadIoEventLoopGroup loops;
  private final Channel listener;
  private final AtomicInteger connections = new AtomicInteger();

  private StreamingServer(StreamingConfig config) throws IOException {
    tokens = new StreamTokens<>(config.tokenLifetime(), config.maxTokens(), System::nanoTime);
    commands = new RemoteCommandUpgrade(config.limits());
    forwards = new PortForwardUpgrade(config.limits());
    loops =
        new MultiThreadIoEventLoopGroup(
            config.threads(), new DefaultThreadFactory("stream", true), NioIoHandler.newFactory());
    var binding =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel, config);
                  }
                })
            .bind(config.listen())
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(
          "cannot serve exec, attach and port-forward on "
              + config.listen()
              + ": "
              + binding.cause().getMessage(),
          binding.cause());
    }
    listener = binding.channel();
  }

  public static StreamingServer start(StreamingConfig config) throws IOException {
    return new StreamingServer(config);
  }

  private void accept(SocketChannel channel, StreamingConfig config) {
    if (connections.incrementAndGet() > config.maxConnections()) {
      connections.decrementAndGet();
      channel.close();
      return;
    }
    channel.closeFuture().addListener(closed -> connections.decrementAndGet());
    channel
        .pipeline()
        .addLast(new HttpServerCodec(), new TokenHandler(this::redeem, config.limits()));
  }

  /** Only a token that came on the path that it was made for counts. */
  private Optional<Grant> redeem(String path) {
    var parts = path.split("/", -1);
    if (parts.length != 3 || !parts[0].isEmpty()) {
      return Optional.empty();
    }
    return tokens.redeem(parts[2]).filter(grant -> grant.kind().equals(parts[1]));
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Where a client gets to a command that is started when it comes. */
  public String execUrl(StdioOptions options, SessionOpener opener) {
    return url(EXEC, (channel, request) -> commands.exec(channel, request, options, opener));
  }

  /** Where a client gets to a container's main process. */
  public String attachUrl(StdioOptions options, SessionOpener opener) {
    return url(ATTACH, (channel, request) -> commands.attach(channel, request, options, opener));
  }

  /** Where a client gets to the ports of a pod. */
  public String portForwardUrl(List<Integer> ports, PodSockets sockets) {
    return url(
        PORT_FORWARD, (channel, request) -> forwards.forward(channel, request, ports, sockets));
  }

  private String url(String kind, Service service) {
    var token = tokens.issue(new Grant(kind, service));
    var host = address().getAddress().getHostAddress();
    return "http://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address().getPort()
        + "/"
        + kind
        + "/"
        + token;
  }

  /** Closes every connection. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}

package io.sandjar.runtime.api;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.AsyncMapping;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.sandjar.runtime.linux.SocketFile;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Serves a handler over HTTP/1.1, on unix sockets and on TCP. */
public final class HttpServer implements AutoCloseable {
  /** A bearer token and a long label selector fit; what is larger is refused. */
  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  /** kubectl keeps a connection for its next request; one that never comes costs a file. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Handler handler;
  private final Duration patience;
  private final EventLoopGroup loops;
  private final Executor workers;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private SslContext context;
  private final List<SocketFile> sockets = new ArrayList<>();

  /**
   * @param loops Netty's event loops, shared with the daemon's other servers
   * @param workers runs the handlers, which may block
   */
  public HttpServer(Handler handler, EventLoopGroup loops, Executor workers) {
    this(handler, loops, workers, PATIENCE);
  }

  /**
   * @param patience how long a client may owe a request, or the rest of one
   */
  HttpServer(Handler handler, EventLoopGroup loops, Executor workers, Duration patience) {
    this.patience = patience;
    this.handler = handler;
    this.loops = loops;
    this.workers = workers;
  }

  /** Listens on a unix socket that only root's group may use. */
  public void listen(SocketFile socket) throws IOException {
    socket.bind(() -> bind(NioServerDomainSocketChannel.class, socket.address(), null));
    sockets.add(socket);
  }

  /**
   * Listens on TCP, behind TLS.
   *
   * @param tls made for the first client, since loading TLS costs more than the rest of the start
   * @return where it listens, with the port that the kernel chose for port 0
   */
  public InetSocketAddress listen(InetSocketAddress address, TlsSource tls) throws IOException {
    return (InetSocketAddress) bind(NioServerSocketChannel.class, address, tls).localAddress();
  }

  /** Makes the TLS context; asked once. */
  @FunctionalInterface
  public interface TlsSource {
    SslContext make() throws IOException;
  }

  /** The one context, whatever name the client asks for; made on a thread that may block. */
  private AsyncMapping<String, SslContext> whenFirstUsed(TlsSource tls) {
    return (name, promise) -> {
      workers.execute(
          () -> {
            try {
              promise.setSuccess(made(tls));
            } catch (IOException | RuntimeException e) {
              promise.setFailure(e);
            }
          });
      return promise;
    };
  }

  private synchronized SslContext made(TlsSource tls) throws IOException {
    if (context == null) {
      context = tls.make();
    }
    return context;
  }

  private Channel bind(Class<? extends ServerChannel> type, SocketAddress address, TlsSource tls)
      throws IOException {
    var bound =
        new ServerBootstrap()
            .group(loops)
            .channel(type)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channels.add(channel);
                    if (tls != null) {
                      channel
                          .pipeline()
                          .addLast(new SniHandler(whenFirstUsed(tls), HANDSHAKE.toMillis()));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(
                                new HttpDecoderConfig().setMaxHeaderSize(MAX_HEADER_BYTES)))
                        .addLast(
                            new IdleStateHandler(patience.toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                        .addLast(new HttpConnection(handler, workers));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String message = "listen on " + address + ": " + bound.cause().getMessage();
      // A taken address has a way out that other failures have not.
      IOException failed =
          bound.cause() instanceof BindException
              ? new BindException(message)
              : new IOException(message);
      failed.initCause(bound.cause());
      throw failed;
    }
    channels.add(bound.channel());
    return bound.channel();
  }

  /** Closes every connection and removes the sockets. */
  @Override
  public void close() {
    channels.close().awaitUninterruptibly();
    sockets.forEach(SocketFile::remove);
  }
}

package io.sandjar.runtime.pod.probe;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** A GET as the kubelet makes it: a connection of its own, local redirects followed. */
final class HttpCheck {
  private static final int MAX_REDIRECTS = 10;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final EventLoopGroup loops;
  private final String userAgent;
  private final SslContext unverified;

  HttpCheck(EventLoopGroup loops, String userAgent) {
    this.loops = loops;
    this.userAgent = userAgent;
    try {
      this.unverified =
          SslContextBuilder.forClient()
              .trustManager(InsecureTrustManagerFactory.INSTANCE)
              .endpointIdentificationAlgorithm(null)
              .build();
    } catch (SSLException e) {
      throw new IllegalStateException("this Java cannot speak TLS", e);
    }
  }

  CompletableFuture<ProbeOutcome> run(ProbeCheck.HttpGet get, String host, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    URI url;
    try {
      url = url(get, host);
    } catch (URISyntaxException e) {
      return CompletableFuture.failedFuture(e);
    }
    return attempt(url, get.headers(), virtualHost(get.headers(), url), deadline, 0);
  }

  /** The manifest's path may hold a query, which stays as it is. */
  private static URI url(ProbeCheck.HttpGet get, String host) throws URISyntaxException {
    var path = get.target().startsWith("/") ? get.target() : "/" + get.target();
    var bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    var start = (get.https() ? "https" : "http") + "://" + bracketed + ":" + get.port();
    try {
      return new URI(start + path);
    } catch (URISyntaxException e) {
      // Characters that a URI needs escaped: the kubelet escapes them too.
      int query = path.indexOf('?');
      return query < 0
          ? new URI(start + new URI(null, null, path, null).getRawPath())
          : new URI(
              start
                  + new URI(null, null, path.substring(0, query), path.substring(query + 1), null)
                      .toString());
    }
  }

  private static String virtualHost(List<ProbeCheck.Header> headers, URI url) {
    for (var header : headers) {
      if (header.name().equalsIgnoreCase("Host")) {
        return header.value();
      }
    }
    return url.getRawAuthority();
  }

  private CompletableFuture<ProbeOutcome> attempt(
      URI url, List<ProbeCheck.Header> headers, String hostHeader, long deadline, int redirects) {
    return exchange(url, request(url, headers, hostHeader), deadline)
        .thenCompose(
            answer -> {
              var next = answer.redirect(url);
              if (next.isEmpty()) {
                return CompletableFuture.completedFuture(answer.outcome());
              }
              if (!sameHost(next.get(), url, hostHeader)) {
                return CompletableFuture.completedFuture(
                    ProbeOutcome.success(
                        "Probe terminated redirects, Response body: " + answer.body()));
              }
              if (redirects + 1 >= MAX_REDIRECTS) {
                return CompletableFuture.completedFuture(
                    ProbeOutcome.failure(get(url) + "stopped after 10 redirects"));
              }
              return attempt(
                  next.get(), headers, next.get().getRawAuthority(), deadline, redirects + 1);
            })
        .exceptionally(failure -> ProbeOutcome.failure(get(url) + TcpCheck.reason(cause(failure))));
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }

  private static String get(URI url) {
    return "Get \"" + url + "\": ";
  }

  private static boolean sameHost(URI next, URI url, String hostHeader) {
    var host = next.getHost();
    return host != null
        && (host.equals(url.getHost()) || host.equals(hostHeader.replaceFirst(":\\d+$", "")));
  }

  private FullHttpRequest request(URI url, List<ProbeCheck.Header> headers, String hostHeader) {
    var target = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    if (url.getRawQuery() != null) {
      target += "?" + url.getRawQuery();
    }
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
    for (var header : headers) {
      if (!header.name().equalsIgnoreCase("Host")) {
        request.headers().add(header.name(), header.value());
      }
    }
    request.headers().set(HttpHeaderNames.HOST, hostHeader);
    request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    addDefault(request, HttpHeaderNames.USER_AGENT.toString(), userAgent);
    addDefault(request, HttpHeaderNames.ACCEPT.toString(), "*/*");
    return request;
  }

  /** A header that the manifest sets to nothing is not sent at all. */
  private static void addDefault(FullHttpRequest request, String name, String value) {
    var given = request.headers().get(name);
    if (given == null) {
      request.headers().set(name, value);
    } else if (given.isEmpty()) {
      request.headers().remove(name);
    }
  }

  private CompletableFuture<HttpAnswer> exchange(URI url, FullHttpRequest request, long deadline) {
    var answer = new CompletableFuture<HttpAnswer>();
    boolean https = "https".equals(url.getScheme());
    int port = url.getPort() >= 0 ? url.getPort() : https ? HTTPS_PORT : HTTP_PORT;
    var host = url.getHost().replaceAll("[\\[\\]]", "");
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    var connecting =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.max(1, left))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (https) {
                      channel
                          .pipeline()
                          .addLast(unverified.newHandler(channel.alloc(), host, port));
                    }
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec(), new HttpAnswer.Reader(request, answer));
                  }
                })
            .connect(host, port);
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            request.release();
            answer.completeExceptionally(done.cause());
          }
        });
    var channel = connecting.channel();
    var tooLate =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  answer.completeExceptionally(
                      new IOException(
                          "deadline exceeded (timeout exceeded while awaiting the answer)"));
                  channel.close();
                },
                Math.max(1, left),
                TimeUnit.MILLISECONDS);
    return answer.whenComplete(
        (done, failure) -> {
          tooLate.cancel(false);
          channel.close();
        });
  }
}

package io.sandjar.runtime.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Turns an HTTP/1.1 connection into a SPDY connection or a WebSocket. The last handler of the
 * connection's pipeline must be its HttpServerCodec, and the request must have been read to its
 * end.
 */
final class HttpUpgrade {
  private static final String SPDY_3_1 = "SPDY/3.1";
  private static final String WEBSOCKET = "websocket";
  private static final String PROTOCOL_VERSION = "X-Stream-Protocol-Version";
  private static final String ACCEPTED_VERSIONS = "X-Accepted-Stream-Protocol-Versions";

  /** Frames are read whole; no client sends larger ones than this. */
  private static final int MAX_WEBSOCKET_FRAME = 4 * 1024 * 1024;

  private final Channel channel;
  private final HttpRequest request;
  private final StreamLimits limits;

  HttpUpgrade(Channel channel, HttpRequest request, StreamLimits limits) {
    this.channel = channel;
    this.request = request;
    this.limits = limits;
    channel.pipeline().addLast(new HangUp());
  }

  boolean asksForWebSocket() {
    return upgrades(WEBSOCKET);
  }

  boolean asksForSpdy() {
    return upgrades(SPDY_3_1);
  }

  private boolean upgrades(String protocol) {
    return words(HttpHeaderNames.CONNECTION.toString()).stream()
            .anyMatch(word -> word.equalsIgnoreCase("upgrade"))
        && words(HttpHeaderNames.UPGRADE.toString()).stream()
            .anyMatch(word -> word.equalsIgnoreCase(protocol));
  }

  /** Versions of the protocol above SPDY that the client offers, the one it likes most first. */
  List<String> spdyVersions() {
    return words(PROTOCOL_VERSION);
  }

  List<String> subprotocols() {
    return words(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.toString());
  }

  /** Header values; several may stand in one header, or in several. */
  private List<String> words(String header) {
    var words = new ArrayList<String>();
    for (var value : request.headers().getAll(header)) {
      Arrays.stream(value.split(",")).map(String::strip).forEach(words::add);
    }
    words.removeIf(String::isEmpty);
    return words;
  }

  /**
   * Answers 101 and speaks SPDY from then on.
   *
   * @param version named in the answer, unless empty
   */
  void toSpdy(String version, SpdyConnection connection) {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    response.headers().set(HttpHeaderNames.UPGRADE, SPDY_3_1);
    if (!version.isEmpty()) {
      response.headers().set(PROTOCOL_VERSION, version);
    }
    channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    var pipeline = channel.pipeline();
    addIdleTimeout();
    pipeline.addLast(new ReadGate(), new BoundedSpdyCodec(), connection);
    // Last of all: it hands on what it has read beyond the request.
    pipeline.remove(HttpServerCodec.class);
  }

  /** Speaks SPDY inside a WebSocket. */
  void toSpdyInWebSocket(String subprotocol, SpdyConnection connection) {
    toWebSocket(
        subprotocol,
        () -> {},
        new WebSocketTunnel(),
        new ReadGate(),
        new BoundedSpdyCodec(),
        connection);
  }

  /**
   * Answers the handshake and speaks WebSocket from then on.
   *
   * @param subprotocol named in the answer, unless empty
   * @param started runs when the handshake is written
   */
  void toWebSocket(String subprotocol, Runnable started, ChannelHandler... handlers) {
    var config =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(MAX_WEBSOCKET_FRAME)
            .allowExtensions(false)
            .build();
    var handshaker =
        new WebSocketServerHandshaker13(
            request.uri(), subprotocol.isEmpty() ? null : subprotocol, config);
    var full =
        new DefaultFullHttpRequest(
            request.protocolVersion(),
            request.method(),
            request.uri(),
            Unpooled.EMPTY_BUFFER,
            request.headers(),
            DefaultHttpHeadersFactory.trailersFactory().newHeaders());
    // A client sends nothing before it has read the answer; what it sends then must find handlers.
    var brake = Brake.of(channel);
    brake.hold();
    try {
      handshaker
          .handshake(channel, full)
          .addListener(
              done -> {
                if (!done.isSuccess()) {
                  channel.close();
                  return;
                }
                addIdleTimeout();
                channel.pipeline().addLast(handlers);
                started.run();
                brake.release();
              });
    } catch (RuntimeException e) {
      refuse("unable to upgrade: " + e.getMessage());
    }
  }

  private void addIdleTimeout() {
    channel
        .pipeline()
        .addLast(
            new IdleStateHandler(0, 0, limits.idleTimeout().toMillis(), TimeUnit.MILLISECONDS) {
              @Override
              protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
                ctx.close();
              }
            });
  }

  /** The request asks for no upgrade that there is. */
  void refuseNoUpgrade() {
    refuse(
        "unable to upgrade: this needs Connection: Upgrade and Upgrade: "
            + SPDY_3_1
            + " or "
            + WEBSOCKET);
  }

  /** The client speaks none of the versions: the status that makes clients fall back to others. */
  void refuseVersions(List<String> offered, List<String> accepted) {
    refuse(
        HttpResponseStatus.FORBIDDEN,
        String.format(
            Locale.ROOT,
            "unable to upgrade: unable to negotiate protocol: client supports %s, server accepts %s",
            offered,
            accepted),
        accepted);
  }

  /** The request asks for what cannot be. */
  void refuse(String message) {
    refuse(HttpResponseStatus.BAD_REQUEST, message);
  }

  private void refuse(HttpResponseStatus status, String message) {
    refuse(status, message, List.of());
  }

  private void refuse(HttpResponseStatus status, String message, List<String> accepted) {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(message + "\n", StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    accepted.forEach(version -> response.headers().add(ACCEPTED_VERSIONS, version));
    GracefulClose.after(channel, response);
  }
}

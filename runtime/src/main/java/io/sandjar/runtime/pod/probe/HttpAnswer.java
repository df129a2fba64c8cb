package io.sandjar.runtime.pod.probe;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What a server answered to a check.
 *
 * @param location where a redirect leads
 * @param body its start
 */
record HttpAnswer(int status, Optional<String> location, String body) {
  private static final int MAX_BODY = 10 * 1024;
  private static final int OK = 200;
  private static final int REDIRECTION = 300;
  private static final int CLIENT_ERROR = 400;
  private static final Set<Integer> FOLLOWED = Set.of(301, 302, 303, 307, 308);

  ProbeOutcome outcome() {
    if (status >= OK && status < REDIRECTION) {
      return ProbeOutcome.success(body);
    }
    if (status >= REDIRECTION && status < CLIENT_ERROR) {
      return ProbeOutcome.success("Probe terminated redirects, Response body: " + body);
    }
    // Without the body: it may hold what an event's reader must not see.
    return ProbeOutcome.failure("HTTP probe failed with statuscode: " + status);
  }

  /** Where the client is sent to, if it is. */
  Optional<URI> redirect(URI from) {
    if (!FOLLOWED.contains(status) || location.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(from.resolve(location.get()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Sends the request and reads the answer. */
  static final class Reader extends ChannelInboundHandlerAdapter {
    private final FullHttpRequest request;
    private final CompletableFuture<HttpAnswer> answer;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private HttpResponse head;

    Reader(FullHttpRequest request, CompletableFuture<HttpAnswer> answer) {
      this.request = request;
      this.answer = answer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (ctx.pipeline().get(SslHandler.class) == null) {
        ctx.writeAndFlush(request);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        if (handshake.isSuccess()) {
          ctx.writeAndFlush(request);
        } else {
          answer.completeExceptionally(handshake.cause());
        }
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      try {
        if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
          answer.completeExceptionally(
              new IOException("malformed HTTP response", object.decoderResult().cause()));
          return;
        }
        if (message instanceof HttpResponse response && response.status().code() >= OK) {
          head = response;
        }
        if (message instanceof HttpContent content && head != null) {
          int room = Math.min(content.content().readableBytes(), MAX_BODY - body.size());
          byte[] part = new byte[room];
          content.content().readBytes(part);
          body.writeBytes(part);
          if (message instanceof LastHttpContent || body.size() == MAX_BODY) {
            complete();
          }
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void complete() {
      answer.complete(
          new HttpAnswer(
              head.status().code(),
              Optional.ofNullable(head.headers().get(HttpHeaderNames.LOCATION)),
              body.toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      answer.completeExceptionally(new IOException("EOF"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      answer.completeExceptionally(cause);
      ctx.close();
    }
  }
}

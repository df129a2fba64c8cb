package io.sandjar.runtime.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Reads one request and hands the connection to what the request's token stands for. */
final class TokenHandler extends ChannelInboundHandlerAdapter {
  private final Function<String, Optional<StreamingServer.Grant>> redeem;
  private final StreamLimits limits;
  private HttpRequest request;
  private Future<?> tooLate;

  TokenHandler(Function<String, Optional<StreamingServer.Grant>> redeem, StreamLimits limits) {
    this.redeem = redeem;
    this.limits = limits;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    tooLate =
        ctx.executor()
            .schedule(
                (Runnable) ctx::close, limits.creationTimeout().toMillis(), TimeUnit.MILLISECONDS);
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpRequest head) {
        request = head;
      }
      if (message instanceof LastHttpContent && request != null) {
        handle(ctx);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void handle(ChannelHandlerContext ctx) {
    tooLate.cancel(false);
    if (request.decoderResult().isFailure()) {
      refuse(ctx, HttpResponseStatus.BAD_REQUEST, "this is no HTTP request");
    } else if (!request.method().equals(HttpMethod.GET)
        && !request.method().equals(HttpMethod.POST)) {
      refuse(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and POST open streams");
    } else {
      var grant = redeem.apply(new QueryStringDecoder(request.uri()).path());
      if (grant.isEmpty()) {
        refuse(
            ctx,
            HttpResponseStatus.NOT_FOUND,
            "the token in this URL is unknown, used or too old; ask the runtime for a new one");
        return;
      }
      ctx.pipeline().remove(this);
      grant.get().service().serve(ctx.channel(), request);
    }
  }

  private static void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String why) {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(why + "\n", StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    GracefulClose.after(ctx.channel(), response);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (tooLate != null) {
      tooLate.cancel(false);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}

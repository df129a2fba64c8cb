package io.sandjar.runtime.api;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.sandjar.runtime.stream.Brake;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** One client's connection: hands its requests to the handler one after the other. */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(HttpConnection.class.getName());

  /** What a client may send ahead of the answer it is owed. */
  private static final int MAX_PIPELINED = 32;

  /** How long what is left of a request is taken after its answer. */
  private static final long LINGER_SECONDS = 5;

  private final Handler handler;
  private final Executor workers;
  private final ArrayDeque<Object> pipelined = new ArrayDeque<>();
  private ChannelHandlerContext context;
  private RequestBody body;
  private boolean lingering;
  private boolean tooFarAhead;
  private volatile ResponseStream answer;

  HttpConnection(Handler handler, Executor workers) {
    this.handler = handler;
    this.workers = workers;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean ofNextRequest = body != null && (body.isComplete() || message instanceof HttpRequest);
    if (!ofNextRequest) {
      take(message);
      return;
    }
    pipelined.add(message);
    if (pipelined.size() > MAX_PIPELINED && !tooFarAhead) {
      tooFarAhead = true;
      Brake.of(ctx.channel()).hold();
    }
  }

  private void take(Object message) {
    try {
      if (message instanceof HttpRequest head) {
        begin(head);
      }
      if (message instanceof HttpContent content && body != null) {
        body.add(content.content());
        if (message instanceof LastHttpContent) {
          body.complete();
          if (lingering) {
            context.close();
          }
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(HttpRequest head) {
    body = new RequestBody(context.channel());
    if (head.decoderResult().isFailure()) {
      var cause = head.decoderResult().cause();
      LOG.log(Level.DEBUG, "not HTTP", cause);
      body.complete();
      refuse(
          head, new StatusObject(400, "BadRequest", "not an HTTP request: " + cause.getMessage()));
      return;
    }
    if (HttpUtil.is100ContinueExpected(head)) {
      context.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    Request request;
    try {
      request = new Request(head, body);
    } catch (IllegalArgumentException e) {
      refuse(head, new StatusObject(400, "BadRequest", "the request's address: " + e.getMessage()));
      return;
    }
    workers.execute(() -> answer(request));
  }

  private void refuse(HttpRequest head, StatusObject status) {
    var response = (Response.Whole) Response.failure(status);
    HttpUtil.setKeepAlive(head, false);
    writeWhole(head, response);
  }

  private void answer(Request request) {
    Response response;
    try {
      response = handler.handle(request);
    } catch (Exception | LinkageError | StackOverflowError e) {
      response = failure(request, e);
    }
    try {
      send(request, response);
    } catch (Exception | LinkageError | StackOverflowError e) {
      // The answer has begun, so its status cannot change any more: a cut connection tells.
      LOG.log(Level.DEBUG, () -> request.method() + " " + request.rawPath() + " was cut short", e);
      context.close();
    }
  }

  private static Response failure(Request request, Throwable error) {
    if (error instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    var status = StatusObject.of(error);
    if (status.code() == 500) {
      LOG.log(Level.ERROR, request.method() + " " + request.rawPath() + " failed", error);
    }
    return Response.failure(status);
  }

  private void send(Request request, Response response) throws Exception {
    if (response instanceof Response.Whole whole) {
      context.executor().execute(() -> writeWhole(request.head(), whole));
    } else if (response instanceof Response.Streamed streamed) {
      writeStream(request, streamed);
    } else if (response instanceof Response.Handoff handoff) {
      context.executor().execute(() -> handOff(request.head(), handoff));
    }
  }

  private void writeWhole(HttpRequest head, Response.Whole whole) {
    FullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(whole.status()),
            Unpooled.wrappedBuffer(whole.body()));
    message.headers().set(HttpHeaderNames.CONTENT_TYPE, whole.contentType());
    message.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, whole.body().length);
    whole.warnings().forEach(text -> message.headers().add(HttpHeaderNames.WARNING, warning(text)));
    boolean keepAlive = keepAlive(head, message);
    end(context.writeAndFlush(message), keepAlive);
  }

  /** RFC 7234, 5.5; what cannot stand in a header is left out. */
  private static String warning(String text) {
    String quoted = text.replaceAll("[^\\x20-\\x7e]", "?").replaceAll("([\"\\\\])", "\\\\$1");
    return "299 - \"" + quoted + "\"";
  }

  private void writeStream(Request request, Response.Streamed streamed) throws Exception {
    var message =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(streamed.status()));
    message.headers().set(HttpHeaderNames.CONTENT_TYPE, streamed.contentType());
    HttpUtil.setTransferEncodingChunked(message, true);
    boolean keepAlive = keepAlive(request.head(), message);
    var out = new ResponseStream(context.channel());
    answer = out;
    context.writeAndFlush(message);
    if (!request.method().equals("HEAD")) {
      streamed.body().writeTo(out);
      out.flush();
    }
    context
        .executor()
        .execute(() -> end(context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT), keepAlive));
  }

  /** A connection whose request has not arrived whole cannot carry another one. */
  private boolean keepAlive(HttpRequest head, HttpResponse message) {
    boolean keepAlive = HttpUtil.isKeepAlive(head) && body.isComplete();
    HttpUtil.setKeepAlive(message, keepAlive);
    return keepAlive;
  }

  private void end(ChannelFuture last, boolean keepAlive) {
    if (!keepAlive) {
      last.addListener(sent -> linger());
      return;
    }
    body.discard();
    body = null;
    answer = null;
    while (!pipelined.isEmpty()
        && (body == null || !(pipelined.peek() instanceof HttpRequest) && !body.isComplete())) {
      take(pipelined.poll());
    }
    readOnIfCaughtUp();
  }

  private void readOnIfCaughtUp() {
    if (tooFarAhead && pipelined.size() <= MAX_PIPELINED) {
      tooFarAhead = false;
      Brake.of(context.channel()).release();
    }
  }

  /** A socket closed with bytes unread is reset, and the client's answer is lost with it. */
  private void linger() {
    if (body == null || body.isComplete()) {
      context.close();
      return;
    }
    lingering = true;
    body.discard();
    context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  private void handOff(HttpRequest head, Response.Handoff handoff) {
    if (!context.channel().isActive()) {
      return; // The client has not waited.
    }
    var pipeline = context.pipeline();
    pipelined.forEach(ReferenceCountUtil::release);
    pipelined.clear();
    pipeline.remove(this);
    pipeline.remove(IdleStateHandler.class);
    body.discard();
    readOnIfCaughtUp();
    try {
      handoff.upgrade().take(context.channel(), head);
    } catch (Exception | LinkageError e) {
      LOG.log(Level.ERROR, "upgrading " + head.uri() + " failed", e);
      context.channel().close();
    }
  }

  /** Silence is right while an answer is owed, as to a watch; a client that owes us is let go. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent && owesRequest()) {
      ctx.close();
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  private boolean owesRequest() {
    return body == null || !body.isComplete() && context.channel().config().isAutoRead();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    wakeWriter();
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (body != null) {
      body.disconnect();
    }
    wakeWriter();
    pipelined.forEach(ReferenceCountUtil::release);
    pipelined.clear();
    ctx.fireChannelInactive();
  }

  private void wakeWriter() {
    var writing = answer;
    if (writing != null) {
      writing.writabilityChanged();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.log(Level.WARNING, "an HTTP connection failed", cause);
    }
    ctx.close();
  }
}

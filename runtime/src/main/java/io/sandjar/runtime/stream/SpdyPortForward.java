package io.sandjar.runtime.stream;

import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A port-forward over SPDY: for each connection the client opens two streams, one for the data and
 * one for errors, which belong together by their request id.
 */
final class SpdyPortForward implements SpdyConnection.Listener {
  private static final String STREAM_TYPE = "streamtype";
  private static final String PORT = "port";
  private static final String REQUEST_ID = "requestid";
  private static final String DATA = "data";
  private static final String ERROR = "error";
  private static final int LARGEST_PORT = 65535;

  private final EventLoop loop;
  private final PodDialer dialer;
  private final StreamLimits limits;
  private final SpdyConnection connection;
  private final Map<String, Half> halves = new HashMap<>();

  /** Also those whose client has left and which are not done with it. */
  private final Set<ForwardedConnection> open = new HashSet<>();

  /** A stream that waits for the other one of its connection. */
  private record Half(SpdyStream stream, Future<?> tooLate) {}

  SpdyPortForward(EventLoop loop, PodSockets sockets, StreamLimits limits) {
    this.loop = loop;
    this.dialer = new PodDialer(sockets, loop);
    this.limits = limits;
    this.connection = new SpdyConnection(this, limits.maxStreams());
  }

  SpdyConnection connection() {
    return connection;
  }

  @Override
  public boolean opened(SpdyStream stream) {
    var type = stream.header(STREAM_TYPE);
    if (!DATA.equals(type) && !ERROR.equals(type) || port(stream) == 0) {
      return false;
    }
    var request = requestId(stream, type);
    var half = halves.get(request);
    if (half == null) {
      await(request, stream);
      return true;
    }
    var other = half.stream();
    // One whose client has left may wait long for the pod, and counts until then.
    if (type.equals(other.header(STREAM_TYPE)) || 2 * open.size() >= limits.maxStreams()) {
      return false;
    }
    forget(request, other);
    if (DATA.equals(type)) {
      forward(stream, other);
    } else {
      forward(other, stream);
    }
    return true;
  }

  private void await(String request, SpdyStream stream) {
    var tooLate =
        loop.schedule(stream::reset, limits.creationTimeout().toMillis(), TimeUnit.MILLISECONDS);
    halves.put(request, new Half(stream, tooLate));
    stream.whenLeft(() -> forget(request, stream));
  }

  private void forget(String request, SpdyStream stream) {
    var half = halves.get(request);
    if (half != null && half.stream() == stream) {
      halves.remove(request);
      half.tooLate().cancel(false);
    }
  }

  /**
   * Clients of Kubernetes 1.5 send no id, but open both streams one after the other, errors first.
   */
  private static String requestId(SpdyStream stream, String type) {
    var id = stream.header(REQUEST_ID);
    if (id != null) {
      return id;
    }
    return "stream " + (type.equals(ERROR) ? stream.id() : stream.id() - 2);
  }

  private static int port(SpdyStream stream) {
    try {
      int port = Integer.parseInt(stream.header(PORT));
      return port > 0 && port <= LARGEST_PORT ? port : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void forward(SpdyStream data, SpdyStream error) {
    var forwarded =
        new ForwardedConnection(loop, port(data), data.source(), data.sink(), error.sink());
    open.add(forwarded);
    error.source().close();
    data.whenLeft(forwarded::abort);
    forwarded.start(dialer).whenComplete((done, failure) -> open.remove(forwarded));
  }

  @Override
  public void closed() {
    List.copyOf(open).forEach(ForwardedConnection::abort);
  }
}

package io.sandjar.runtime.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * One connection of a port-forward: the client's bytes to a port in the pod and back, with a
 * channel for the client that tells why it failed. The client may end its direction before; the
 * connection ends when the pod has sent all it has. Runs on the client connection's event loop.
 */
final class ForwardedConnection {
  private final EventLoop loop;
  private final int port;
  private final ByteSource fromClient;
  private final ByteSink toClient;
  private final ByteSink error;
  private Channel pod;
  private boolean aborted;

  ForwardedConnection(
      EventLoop loop, int port, ByteSource fromClient, ByteSink toClient, ByteSink error) {
    this.loop = loop;
    this.port = port;
    this.fromClient = fromClient;
    this.toClient = toClient;
    this.error = error;
  }

  /** Done when the connection has ended and the client has been told. */
  CompletableFuture<Void> start(PodDialer dialer) {
    return dialer.dial(port).thenComposeAsync(this::join, loop).handleAsync(this::ended, loop);
  }

  private CompletableFuture<Void> join(PodDialer.Connection connected) {
    pod = connected.channel();
    if (aborted) {
      pod.close();
      connected.bytes().source().close();
      return CompletableFuture.failedFuture(new IOException("the client has left"));
    }
    ByteCopy.start(fromClient, connected.bytes().sink(), loop);
    return ByteCopy.start(connected.bytes().source(), toClient, loop).done();
  }

  private Void ended(Void done, Throwable failure) {
    if (pod != null) {
      pod.close();
    }
    fromClient.close();
    if (failure != null && !aborted) {
      var message = "error forwarding port " + port + " to the pod: " + reason(failure);
      error.write(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
    }
    toClient.close();
    error.close();
    return null;
  }

  /** The client has left. */
  void abort() {
    aborted = true;
    if (pod != null) {
      pod.close();
    }
  }

  private static String reason(Throwable failure) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}

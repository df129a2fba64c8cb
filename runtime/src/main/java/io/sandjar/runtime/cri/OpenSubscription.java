package io.sandjar.runtime.cri;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.lang.System.Logger.Level;

/** A client that is sent messages for as long as it stays, and what is held open for it. */
final class OpenSubscription<A> implements Rpcs.Subscriber<A> {
  private static final System.Logger LOG = System.getLogger(OpenSubscription.class.getName());

  private final String rpc;
  private final ServerCallStreamObserver<A> client;
  private AutoCloseable source;
  private boolean over;

  OpenSubscription(String rpc, ServerCallStreamObserver<A> client) {
    this.rpc = rpc;
    this.client = client;
    client.setOnReadyHandler(this::wake);
    client.setOnCancelHandler(this::close);
  }

  private synchronized void wake() {
    notifyAll();
  }

  @Override
  public synchronized void send(A message) {
    // What gRPC is given before the client is ready it keeps in memory.
    while (!over && !client.isReady()) {
      try {
        wait();
      } catch (InterruptedException shuttingDown) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    if (!over) {
      client.onNext(message);
    }
  }

  @Override
  public void end(Status why) {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      client.onError(why.asRuntimeException());
    }
    close();
  }

  /** Takes the source; the client may have left while it was opened. */
  void opened(AutoCloseable source) {
    synchronized (this) {
      if (!over) {
        this.source = source;
        return;
      }
    }
    end(source);
  }

  private void close() {
    AutoCloseable open;
    synchronized (this) {
      over = true;
      open = source;
      source = null;
      notifyAll();
    }
    if (open != null) {
      end(open);
    }
  }

  private void end(AutoCloseable open) {
    try {
      open.close();
    } catch (Exception e) {
      LOG.log(Level.WARNING, rpc + ": ending the subscription failed", e);
    }
  }
}

package io.sandjar.netbridge.netlink;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Poll;
import io.sandjar.netbridge.sys.SyscallException;
import java.io.IOException;
import java.util.List;

/**
 * Hears what the kernel multicasts (a link that vanished, an address that changed) on a thread of
 * its own, until closed.
 */
public final class NetlinkSubscription implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NetlinkSubscription.class.getName());

  /** Its place among the files that are waited for. */
  private static final int WAKE = 1;

  private static final int EFD_CLOEXEC = 0x80000;

  /** Whoever wants to know. Called on the subscription's thread, one call at a time. */
  public interface Listener {
    void event(NetlinkMessage message);

    /** Events were lost: whatever was derived from them must be read anew. */
    void overrun();
  }

  private final NetlinkSocket socket;
  private final Fd wake;
  private final Listener listener;
  private final Thread thread;

  private NetlinkSubscription(NetlinkSocket socket, Fd wake, Listener listener, String name) {
    this.socket = socket;
    this.wake = wake;
    this.listener = listener;
    this.thread = new Thread(this::listen, name);
    this.thread.setDaemon(true);
  }

  /**
   * Subscribes in the network namespace of the calling thread.
   *
   * @param groups RTNLGRP_* or NFNLGRP_* numbers
   */
  public static NetlinkSubscription open(
      String name, NetlinkProtocol protocol, Listener listener, int... groups)
      throws SyscallException {
    NetlinkSocket socket = NetlinkSocket.subscribed(protocol, groups);
    int eventFd = Libc.get().eventfd(0, EFD_CLOEXEC);
    if (eventFd == -1) {
      socket.close();
      throw new SyscallException("create an eventfd", Libc.runtime().getLastError());
    }
    NetlinkSubscription subscription =
        new NetlinkSubscription(socket, new Fd(eventFd), listener, name);
    subscription.thread.start();
    return subscription;
  }

  private void listen() {
    Poll poll = new Poll(socket.fd(), wake);
    try {
      while (true) {
        poll.await();
        if (poll.isReady(WAKE)) {
          return;
        }
        drain();
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "netlink events are no longer heard", e);
    } finally {
      socket.close();
    }
  }

  private void drain() throws IOException {
    try {
      List<NetlinkMessage> messages;
      while ((messages = socket.receive("receive netlink events")) != null) {
        for (NetlinkMessage message : messages) {
          tell(() -> listener.event(message));
        }
      }
    } catch (NetlinkOverrunException e) {
      tell(listener::overrun);
    }
  }

  /** A listener's mistake must not make the subscription deaf. */
  private void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a listener of netlink events failed", e);
    }
  }

  /** Ends the subscription; once this returns the listener is not called again. */
  @Override
  public synchronized void close() {
    if (!wake.isOpen()) {
      return;
    }
    if (thread.isAlive()) {
      Libc.get().write(wake.number(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 8);
    }
    if (Thread.currentThread() != thread) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      wake.close();
    }
  }
}

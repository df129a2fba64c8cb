package io.sandjar.runtime.stream;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Opens sockets that live in a pod's network namespace: what a port-forward dials with. */
@FunctionalInterface
public interface PodSockets {

  /** A new, unconnected socket in the pod's network. */
  SocketChannel open(ProtocolFamily family) throws IOException;

  /** For pods on the host's network. */
  static PodSockets onHost() {
    return SocketChannel::open;
  }

  /**
   * For pods with a network of their own. setns(2) acts on one thread, and a socket stays in the
   * namespace that it was made in: so a thread enters the namespace, opens the socket and ends.
   *
   * @param namespace opens the network namespace (a file under /run/netns or /proc/PID/ns/net); the
   *     descriptor is closed here
   */
  static PodSockets inside(NamespaceOpener namespace) {
    return family -> {
      var socket = new CompletableFuture<SocketChannel>();
      try (Fd entered = namespace.open()) {
        var thread = new Thread(() -> enterAndOpen(entered, family, socket), "pod-socket");
        thread.setDaemon(true);
        thread.start();
        return socket.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof IOException failed) {
          throw failed;
        }
        throw e;
      }
    };
  }

  private static void enterAndOpen(
      Fd namespace, ProtocolFamily family, CompletableFuture<SocketChannel> socket) {
    try {
      Syscalls.check(
          Libc.get().setns(namespace.number(), CLONE_NEWNET), "enter the pod's network namespace");
      socket.complete(SocketChannel.open(family));
    } catch (IOException | RuntimeException e) {
      socket.completeExceptionally(e);
    }
  }

  /** setns(2): only a network namespace is meant. */
  int CLONE_NEWNET = 0x40000000;

  /** Opens a descriptor of a network namespace. */
  @FunctionalInterface
  interface NamespaceOpener {
    Fd open() throws IOException;
  }
}

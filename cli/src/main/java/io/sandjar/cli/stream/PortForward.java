package io.sandjar.cli.stream;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;

/**
 * Connections to a port of this machine, carried to a port of a pod: each over a WebSocket of its
 * own, on the two channels of its only port.
 */
public final class PortForward implements AutoCloseable {
  private static final int DATA = 0;
  private static final int ERROR = 1;

  /** The first message on each channel is the port's number. */
  private static final int PORT_BYTES = 2;

  private static final int BUFFER_BYTES = 32 * 1024;

  private final Context context;
  private final String path;
  private final int remotePort;
  private final ServerSocket server;

  private PortForward(Context context, String path, int remotePort, ServerSocket server) {
    this.context = context;
    this.path = path + "/portforward" + KubeApi.query(Map.of("ports", "" + remotePort));
    this.remotePort = remotePort;
    this.server = server;
  }

  /**
   * Listens from now on.
   *
   * @param path of the pod
   * @param localPort 0 for any that is free
   */
  public static PortForward listen(
      Context context, String path, InetAddress address, int localPort, int remotePort)
      throws IOException {
    var server = new ServerSocket();
    try {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(address, localPort));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    var forward = new PortForward(context, path, remotePort, server);
    start("accept " + localPort, forward::accept);
    return forward;
  }

  public int localPort() {
    return server.getLocalPort();
  }

  private static void start(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var client = server.accept();
        synchronized (context.out()) {
          context.out().println("Handling connection for " + localPort());
          context.out().flush();
        }
        start("forward " + localPort(), () -> forward(client));
      } catch (IOException e) {
        if (!server.isClosed()) {
          say("accept on port " + localPort() + ": " + e.getMessage());
        }
      }
    }
  }

  private void forward(Socket client) {
    try (client;
        var channels = Channels.open(context, path)) {
      start("to pod " + remotePort, () -> toPod(client, channels));
      fromPod(client, channels);
    } catch (IOException e) {
      say("forward port " + localPort() + " to " + remotePort + " of the pod: " + e.getMessage());
    }
  }

  private static void toPod(Socket client, Channels channels) {
    var buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = client.getInputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        channels.write(DATA, buffer, count);
      }
      channels.end(DATA);
    } catch (IOException closed) {
      // The other direction ends the connection, and says why.
    }
  }

  private void fromPod(Socket client, Channels channels) throws IOException {
    var out = client.getOutputStream();
    var skipped = new int[] {PORT_BYTES, PORT_BYTES};
    for (var next = channels.read(); next.isPresent(); next = channels.read()) {
      var message = next.get();
      if (message.channel() > ERROR) {
        continue;
      }
      int skip = Math.min(skipped[message.channel()], message.length());
      skipped[message.channel()] -= skip;
      if (message.channel() == DATA) {
        try {
          out.write(message.bytes(), message.from() + skip, message.length() - skip);
        } catch (IOException clientLeft) {
          return;
        }
      } else if (message.length() > skip) {
        say(message.text().substring(skip));
        return;
      }
    }
  }

  private void say(String problem) {
    synchronized (context.err()) {
      context.err().println("error: " + problem);
      context.err().flush();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

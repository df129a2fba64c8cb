package io.sandjar.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Runs the commands once against a daemon that answers everything with an empty object, so that the
 * JVM learns which classes that takes and writes them to its archive. Run by the build.
 */
public final class Rehearsal {
  private static final byte[] ANSWER =
      """
      HTTP/1.1 200 OK\r
      content-type: application/json\r
      transfer-encoding: chunked\r
      connection: close\r
      \r
      2\r
      {}\r
      0\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);

  private Rehearsal() {}

  public static void main(String[] arguments) throws IOException {
    var socket = Path.of(arguments[0]);
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      var daemon = new Thread(() -> answer(server));
      daemon.setDaemon(true);
      daemon.start();
      run(socket, "--help");
      run(socket, "version");
      run(socket, "version", "-o", "json");
      run(socket, "version", "-o", "yaml");
      run(socket, "version", "--nonsense");
      run(socket, "completion", "bash");
      for (var command : Commands.all()) {
        run(socket, command.name(), "--help");
      }
    }
  }

  private static void run(Path socket, String... words) {
    var quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var environment = Map.of("SANDJAR_SOCKET", socket.toString());
    new Main(new Context(InputStream.nullInputStream(), quiet, quiet, environment))
        .run(List.of(words));
  }

  private static void answer(ServerSocketChannel server) {
    while (true) {
      try (var client = server.accept()) {
        client.read(ByteBuffer.allocate(ANSWER.length));
        client.write(ByteBuffer.wrap(ANSWER));
      } catch (IOException closed) {
        return;
      }
    }
  }
}

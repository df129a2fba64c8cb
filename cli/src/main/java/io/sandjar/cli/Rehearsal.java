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
 * Runs the commands once against a daemon that answers everything with one small table, so that the
 * JVM learns which classes that takes and writes them to its archive. Run by the build.
 */
public final class Rehearsal {
  private static final String TABLE =
      """
      {"kind": "Table", "metadata": {"name": "x", "resourceVersion": "1"}, "items": [],
       "columnDefinitions": [{"name": "Name", "format": "name", "priority": 0},
                             {"name": "Status", "priority": 0}, {"name": "IP", "priority": 1}],
       "rows": [{"cells": ["x", "Running", null],
                 "object": {"metadata": {"name": "x", "namespace": "default"}}}]}
      """;
  private static final byte[] ANSWER =
      ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
              + "connection: close\r\n\r\n"
              + Integer.toHexString(TABLE.length())
              + "\r\n"
              + TABLE
              + "\r\n0\r\n\r\n")
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
      run(socket, "get", "pods");
      run(socket, "get", "pods", "-A", "-o", "wide", "--show-labels", "-l", "a=b");
      run(socket, "get", "pod/x", "-o", "yaml");
      run(socket, "get", "pods", "-o", "json");
      run(socket, "get", "pods", "-o", "name");
      run(socket, "get", "pods", "-o", "jsonpath={.items[*].metadata.name}");
      run(socket, "describe", "pod/x");
      run(socket, "delete", "pod/x", "--wait=false");
      run(socket, "logs", "x", "-c", "x");
      run(socket, "label", "pod/x", "a=b");
      run(socket, "events");
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
        client.read(ByteBuffer.allocate(64 * 1024));
        client.write(ByteBuffer.wrap(ANSWER));
      } catch (IOException closed) {
        return;
      }
    }
  }
}

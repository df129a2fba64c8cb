package io.sandjar.cli;

import io.sandjar.cli.terminal.Terminal;
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
import java.util.Collections;
import java.util.HashMap;
import java.util.List;

/**
 * Runs the commands once against a daemon that answers everything with one small table, so that the
 * JVM learns which classes that takes and writes them to its archive. Run by the build.
 */
public final class Rehearsal {
  /** As many as make the JVM need what it needs for a node full of pods. */
  private static final int ROWS = 200;

  private static final String ROW =
      """
      {"cells": ["x", "Running", 0, null],
       "object": {"metadata": {"name": "x", "namespace": "default", "labels": {"a": "b"},
                              "annotations": {"long": "%s"}}}}
      """
          .formatted("x".repeat(100));
  private static final String TABLE =
      """
      {"kind": "Table", "metadata": {"name": "x", "resourceVersion": "1"}, "items": [],
       "columnDefinitions": [{"name": "Name", "format": "name", "priority": 0},
                             {"name": "Status", "priority": 0}, {"name": "Restarts"},
                             {"name": "IP", "priority": 1}],
       "rows": [%s]}
      """
          .formatted(String.join(",", Collections.nCopies(ROWS, ROW)));
  private static final String HEAD =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
  private static final String WHOLE =
      HEAD + "content-length: " + TABLE.length() + "\r\n\r\n" + TABLE;
  private static final String CHUNKED =
      HEAD
          + "transfer-encoding: chunked\r\n\r\n"
          + Integer.toHexString(TABLE.length())
          + "\r\n"
          + TABLE
          + "\r\n0\r\n\r\n";

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
    var environment = new HashMap<>(System.getenv());
    environment.put("SANDJAR_SOCKET", socket.toString());
    var terminal = Terminal.ofThisProcess();
    new Main(new Context(InputStream.nullInputStream(), quiet, quiet, environment, terminal))
        .run(List.of(words));
  }

  private static void answer(ServerSocketChannel server) {
    for (int count = 0; true; count++) {
      try (var client = server.accept()) {
        client.read(ByteBuffer.allocate(64 * 1024));
        var answer = count % 2 == 0 ? WHOLE : CHUNKED;
        var bytes = ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          client.write(bytes);
        }
      } catch (IOException closed) {
        return;
      }
    }
  }
}

package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
  @TempDir private Path folder;
  private ServerSocketChannel server;

  @BeforeEach
  void open() throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void nobodyElseReachesTheSocketBeforeItsModeIsRight() throws IOException {
    var socket = new SocketFile(folder.resolve("s.sock"));
    socket.bind(
        () -> {
          server.bind(socket.address());
          assertFalse(Files.exists(socket.path()));
          assertEquals("rwx------", mode(socket.address().getPath().getParent()));
        });
    assertEquals("rw-rw----", mode(socket.path()));
    SocketChannel.open(UnixDomainSocketAddress.of(socket.path())).close();
    assertEquals(List.of("s.sock"), names());
  }

  @Test
  void aDeadSocketGivesWay() throws IOException {
    var socket = new SocketFile(folder.resolve("s.sock"));
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket.path()));
    }
    socket.bind(() -> server.bind(socket.address()));
    SocketChannel.open(UnixDomainSocketAddress.of(socket.path())).close();
  }

  @Test
  void aLiveSocketIsRefusedAndLeftAlone() throws IOException {
    var path = folder.resolve("s.sock");
    server.bind(UnixDomainSocketAddress.of(path));
    var second = new SocketFile(path);
    assertThrows(BindException.class, () -> second.bind(() -> {}));
    second.remove();
    assertTrue(Files.exists(path));
  }

  @Test
  void aFileOfAnotherKindIsRefused() throws IOException {
    var path = Files.writeString(folder.resolve("s.sock"), "mine");
    var refused =
        assertThrows(FileAlreadyExistsException.class, () -> new SocketFile(path).bind(() -> {}));
    assertTrue(refused.getMessage().contains("choose another path"), refused.getMessage());
    assertEquals("mine", Files.readString(path));
  }

  @Test
  void aFailedBindLeavesNothing() throws IOException {
    var socket = new SocketFile(folder.resolve("s.sock"));
    assertThrows(
        IOException.class,
        () ->
            socket.bind(
                () -> {
                  throw new IOException("no");
                }));
    assertEquals(List.of(), names());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}

package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets at the daemon's doors, and who does not. */
class ApiAccessIT {
  private static final int NOBODY = 65534;
  private static final Pattern SERVER = Pattern.compile("server: https://127.0.0.1:(\\d+)");
  private static final Pattern TOKEN = Pattern.compile("token: (\\S+)");

  @TempDir static Path folder;
  private static DaemonProcess daemon;
  private static PlainHttp kubectlPort;
  private static InetSocketAddress address;
  private static String token;

  @BeforeAll
  static void start() throws Exception {
    daemon = DaemonProcess.start(folder);
    daemon.awaitSettled();
    String config = Files.readString(folder.resolve("root/kubeconfig"));
    int port = Integer.parseInt(found(SERVER, config));
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    kubectlPort = PlainHttp.onTls(address);
    token = found(TOKEN, config);
  }

  @AfterAll
  static void stop() {
    if (daemon != null) {
      daemon.close();
    }
  }

  @Test
  void socketsAndSecretsAreRootsAlone() throws Exception {
    assertEquals("rw-rw----", mode(daemon.criSocket()));
    assertEquals("rw-rw----", mode(daemon.httpSocket()));
    assertEquals("rwx------", mode(folder.resolve("root")));
    assertEquals("rwx------", mode(folder.resolve("root/api")));
    assertEquals("rw-------", mode(folder.resolve("root/kubeconfig")));
    for (Path socket : List.of(daemon.criSocket(), daemon.httpSocket())) {
      assertEquals(0, Files.getAttribute(socket, "unix:uid"));
      assertEquals(0, Files.getAttribute(socket, "unix:gid"));
    }
    // The temporary folder itself is root's alone; what counts is the socket's own mode.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertEquals(0, asUser(0, daemon.httpSocket()));
    assertNotEquals(0, asUser(NOBODY, daemon.httpSocket()));
    assertNotEquals(0, asUser(NOBODY, daemon.criSocket()));
  }

  @Test
  void nothingIsAnsweredWithoutTheToken() throws Exception {
    assertEquals(200, kubectlPort.get("/api/v1/pods", "Authorization: Bearer " + token).status());
    for (String path :
        List.of(
            "/",
            "/healthz",
            "/livez",
            "/readyz",
            "/version",
            "/metrics",
            "/openapi/v2",
            "/openapi/v3",
            "/api/v1/secrets",
            "/api/v1/secrets?watch=true",
            "/api/v1/pods",
            "/api/v1/namespaces/default/pods/x/exec?command=id",
            "/apis/sandjar.io/v1/network",
            "/nothing/of/the/kind",
            "/api/v1/pods?token=" + token,
            "/api/v1/pods?access_token=" + token)) {
      assertRefused(kubectlPort.get(path));
    }
    for (String wrong :
        List.of(
            "Authorization: Bearer",
            "Authorization: Bearer ",
            "Authorization: Bearer " + token.substring(1),
            "Authorization: Bearer " + token.toUpperCase(Locale.ROOT) + "x",
            "Authorization: Basic " + token,
            "Cookie: token=" + token,
            "X-Remote-User: root",
            "Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.x")) {
      assertRefused(kubectlPort.get("/api/v1/pods", wrong));
    }
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")) {
      assertEquals(401, kubectlPort.send(method, "/api/v1/namespaces/default/pods", "{}").status());
    }
  }

  /** A page can make a browser send requests to loopback, but it knows no token. */
  @Test
  void aPageOfAnotherSiteLearnsAndDoesNothing() throws Exception {
    String page = "Origin: http://evil.example";
    assertRefused(
        kubectlPort.send(
            "OPTIONS",
            "/api/v1/pods",
            "",
            page,
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization"));
    // A form needs no preflight.
    assertRefused(
        kubectlPort.send(
            "POST",
            "/apis/sandjar.io/v1/network/routes",
            "{\"name\":\"evil\",\"podCIDRs\":[\"10.9.0.0/24\"],\"addresses\":[\"192.0.2.66\"]}",
            page,
            "Content-Type: text/plain"));
    assertRefused(
        kubectlPort.get(
            "/api/v1/namespaces/default/pods/x/exec?command=id",
            page,
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="));
    // Nor is anyone let in by the answer to a request that had the token.
    PlainHttp.Answer allowed =
        kubectlPort.get("/api/v1/pods", page, "Authorization: Bearer " + token);
    assertFalse(allowed.head().toLowerCase(Locale.ROOT).contains("access-control"), allowed.head());
  }

  /**
   * After a rebinding, the page's own name leads to loopback and the browser sees no other site.
   */
  @Test
  void aNameThatWasReboundToLoopbackOpensNothing() throws Exception {
    String host = "Host: evil.example:" + address.getPort();
    assertRefused(kubectlPort.get("/api/v1/pods", host));
    assertRefused(kubectlPort.get("/version", host, "Origin: https://evil.example"));
    // Without TLS there is no answer at all.
    assertThrows(IOException.class, () -> PlainHttp.on(address).get("/version", host));
  }

  @Test
  void theApiListensOnLoopbackOnly() throws Exception {
    for (InetSocketAddress listener : listeners()) {
      assertTrue(listener.getAddress().isLoopbackAddress(), listener::toString);
    }
    assertTrue(listeners().stream().anyMatch(l -> l.getPort() == address.getPort()));
  }

  /** Whoever shares the network namespace could connect to one, whatever its file system is. */
  @Test
  void theDaemonHasNoAbstractSocket() throws Exception {
    Set<String> own = sockets();
    for (String line : Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/net/unix"))) {
      String[] columns = line.trim().split("\\s+");
      if (columns.length > 7 && own.contains(columns[6])) {
        assertFalse(columns[7].startsWith("@"), line);
      }
    }
  }

  private static void assertRefused(PlainHttp.Answer answer) {
    assertEquals(401, answer.status(), answer::toString);
    assertTrue(answer.body().contains("\"Unauthorized\""), answer.body());
    assertFalse(answer.head().toLowerCase(Locale.ROOT).contains("access-control"), answer.head());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** The exit status of a client of that user. */
  private static int asUser(int id, Path socket) throws Exception {
    var command =
        List.of(
            "setpriv",
            "--reuid=" + id,
            "--regid=" + id,
            "--clear-groups",
            "curl",
            "-sS",
            "--unix-socket",
            socket.toString(),
            "http://localhost/version");
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertTrue(matcher.find(), () -> pattern + " is not in " + text);
    return matcher.group(1);
  }

  /** The inodes of the daemon's sockets. */
  private static Set<String> sockets() throws IOException {
    Set<String> inodes = new HashSet<>();
    try (var files = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
      for (Path file : files.toList()) {
        socket(file).ifPresent(inodes::add);
      }
    }
    return inodes;
  }

  private static Optional<String> socket(Path descriptor) throws IOException {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("socket:[")
          ? Optional.of(target.substring("socket:[".length(), target.length() - 1))
          : Optional.empty();
    } catch (NoSuchFileException closedMeanwhile) {
      return Optional.empty();
    }
  }

  /** Where the daemon listens on TCP, by the kernel's own list. */
  private static Set<InetSocketAddress> listeners() throws IOException {
    Set<String> own = sockets();
    Set<InetSocketAddress> listeners = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      List<String> lines = Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/net/" + table));
      for (String line : lines.subList(1, lines.size())) {
        String[] columns = line.trim().split("\\s+");
        boolean listens = columns[3].equals("0A");
        if (listens && own.contains(columns[9])) {
          String[] place = columns[1].split(":");
          listeners.add(new InetSocketAddress(addressOf(place[0]), Integer.parseInt(place[1], 16)));
        }
      }
    }
    return listeners;
  }

  /** Words of four bytes, each in the machine's (little-endian) order. */
  private static InetAddress addressOf(String hex) throws IOException {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      int at = (i / 4 * 4 + 3 - i % 4) * 2;
      bytes[i] = (byte) Integer.parseInt(hex.substring(at, at + 2), 16);
    }
    return InetAddress.getByAddress(bytes);
  }
}

package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetCommandTest {
  private static final String NETWORK =
      """
      {"provider":"bridge","ready":true,"reason":"","message":"",
       "warnings":["table inet docker drops forwarded packets"],
       "node":{"name":"a","addresses":["192.0.2.1"],"uplink":"eth0"},
       "bridge":{"name":"cbr0","addresses":["10.1.0.1/24"],"mtu":1500},
       "pools":[{"podCIDR":"10.1.0.0/24","capacity":253,"leased":1,"quarantined":2}],
       "pods":[{"namespace":"default","name":"web","ips":["10.1.0.2"],"interface":"sj01",
                "hostPorts":["8080->80/tcp"]}],
       "routes":[{"name":"b","podCIDRs":["10.2.0.0/24"],"addresses":["192.0.2.2"],
                  "source":"runtime"}]}
      """;

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void showsEverythingAtAGlance() throws Exception {
    assertEquals(0, answered("200 OK", NETWORK, "net"));
    assertEquals(
        """
        Network:    bridge, ready
        Node:       a 192.0.2.1 by eth0
        Bridge:     cbr0 10.1.0.1/24, MTU 1500
        Pod CIDR:   10.1.0.0/24, 1 of 253 addresses in use, 2 in quarantine
        Warning: table inet docker drops forwarded packets

        NAMESPACE   NAME   IP         INTERFACE   HOST PORTS
        default     web    10.1.0.2   sj01        8080->80/tcp

        NODE   POD CIDR      ADDRESS     FROM
        b      10.2.0.0/24   192.0.2.2   runtime
        """,
        text(out));
  }

  @Test
  void theFormMayStandBeforeTheCommandBelow() throws Exception {
    for (var line : List.of("net -o json pods", "net pods -o json", "net -o json route ls")) {
      out.reset();
      assertEquals(0, answered("200 OK", "{\"items\":[]}", line.split(" ")), line);
      assertEquals("{\n    \"items\": []\n}\n", text(out), line);
    }
  }

  @Test
  void saysWhyTheNetworkIsNotReady() throws Exception {
    var waiting =
        """
        {"provider":"cni","ready":false,"message":"no network configured","warnings":[]}""";
    assertEquals(0, answered("200 OK", waiting, "net", "status"));
    assertEquals("Network:   cni, NOT READY\nBecause:   no network configured\n", text(out));
  }

  @Test
  void ofANetworkOfPluginsItShowsWhatTheNodeKnows() throws Exception {
    var plugins =
        """
        {"provider":"cni","ready":true,"warnings":[],"way":"cni","pools":[],"routes":[],
         "node":{"name":"a","addresses":["192.0.2.1"],"uplink":"eth0"},
         "bridge":{"name":"cni0","addresses":["10.99.7.1/24"],"mtu":1500},
         "pods":[{"namespace":"default","name":"web","ips":["10.99.7.2"],"interface":"veth01",
                  "hostPorts":[]}]}""";
    assertEquals(0, answered("200 OK", plugins, "net"));
    assertEquals(
        """
        Network:   cni, ready
        Node:      a 192.0.2.1 by eth0
        Bridge:    cni0 10.99.7.1/24, MTU 1500

        NAMESPACE   NAME   IP          INTERFACE   HOST PORTS
        default     web    10.99.7.2   veth01      <none>
        """,
        text(out));
  }

  @Test
  void drawsThePictureByACommandAndByAnOption() throws Exception {
    for (var arguments : List.of("net graph", "net --graph", "net --graph=svg")) {
      assertEquals("svg", askedFormat(arguments.split(" ")), arguments);
    }
    for (var arguments :
        List.of("net graph mermaid", "net --graph=mermaid", "net --graph mermaid")) {
      assertEquals("mermaid", askedFormat(arguments.split(" ")), arguments);
    }
    assertEquals(1, run(folder.resolve("none"), "net", "--graph=gif"));
    assertTrue(text(err).contains("svg or mermaid, not 'gif'"), text(err));
  }

  /** What format of a picture the command asks the daemon for, whose picture it prints. */
  private String askedFormat(String... arguments) throws Exception {
    var head = new AtomicReference<String>();
    var socket = folder.resolve("socket");
    Files.deleteIfExists(socket);
    try (var daemon =
        new FakeDaemon(
            socket,
            client -> {
              head.set(FakeDaemon.receiveUntil(client, "\r\n\r\n"));
              FakeDaemon.send(client, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture");
            })) {
      assertTrue(daemon != null);
      out.reset();
      assertEquals(0, run(socket, arguments), text(err));
    }
    assertEquals("picture", text(out));
    return head.get()
        .replaceFirst("(?s)^GET /apis/sandjar.io/v1/network/graph\\?format=(\\w+) .*", "$1");
  }

  @Test
  void addsARouteToAnotherNode() throws Exception {
    var head = new AtomicReference<String>();
    var socket = folder.resolve("socket");
    try (var daemon =
        new FakeDaemon(
            socket,
            client -> {
              head.set(FakeDaemon.receiveUntil(client, "}"));
              FakeDaemon.send(client, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}");
            })) {
      assertTrue(daemon != null);
      assertEquals(
          0, run(socket, "net", "route", "add", "b", "10.2.0.0/24,fd02::/64", "192.0.2.2,fd00::2"));
    }
    assertTrue(head.get().startsWith("POST /apis/sandjar.io/v1/network/routes "), head.get());
    assertTrue(head.get().contains("\"podCIDRs\":[\"10.2.0.0/24\",\"fd02::/64\"]"), head.get());
    assertTrue(head.get().contains("\"addresses\":[\"192.0.2.2\",\"fd00::2\"]"), head.get());
    assertEquals("route to b added\n", text(out));
  }

  @Test
  void aRefusedRouteIsAFailureWithTheDaemonsWords() throws Exception {
    var refusal =
        """
        {"kind":"Status","status":"Failure","reason":"Conflict","code":409,
         "message":"pod network 10.2.0.0/24 of node c overlaps 10.2.0.0/24 of node b"}""";
    assertEquals(1, answered("409 Conflict", refusal, "net", "route", "rm", "c"));
    assertTrue(text(err).contains("of node c overlaps 10.2.0.0/24 of node b"), text(err));
  }

  @Test
  void aRouteCommandAloneIsRefused() {
    assertEquals(1, run(folder.resolve("none"), "net", "route"));
    assertTrue(text(err).contains("one of add, rm and ls is needed"), text(err));
  }

  private int answered(String status, String body, String... arguments) throws Exception {
    var socket = folder.resolve("socket");
    Files.deleteIfExists(socket);
    var length = body.getBytes(StandardCharsets.UTF_8).length;
    try (var daemon =
        FakeDaemon.answering(
            socket,
            "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, length, body))) {
      assertTrue(daemon != null);
      return run(socket, arguments);
    }
  }

  private int run(Path socket, String... arguments) {
    var context =
        new Context(
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of("SANDJAR_SOCKET", socket.toString()));
    return new Main(context).run(List.of(arguments));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

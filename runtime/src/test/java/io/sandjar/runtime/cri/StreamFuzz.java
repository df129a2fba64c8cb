package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.AttachRequest;
import io.sandjar.cri.v1.ExecRequest;
import io.sandjar.cri.v1.PortForwardRequest;
import io.sandjar.runtime.api.NoCause;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Clients of exec, attach and port-forward, by CRI's URLs and by the HTTP API, which send what no
 * client should, and leave as none should. In between, a client that does nothing wrong is served.
 */
final class StreamFuzz implements AutoCloseable {
  /** Where no time is given: a build draws the same each time, on any machine. */
  private static final int ROUNDS = 100;

  private static final int ROUNDS_BETWEEN_GOOD_ONES = 50;

  /** Clients that are neither served to the end nor leave. */
  private static final int MOST_IDLE = 30;

  private static final long PATIENCE_SECONDS = 120;
  private static final String NAME = "streams";
  private static final String POD = "/api/v1/namespaces/default/pods/" + NAME;

  /** Whatever is typed at its terminal does not end it. */
  private static final String DEAF = "trap '' HUP INT QUIT TSTP; exec sleep 100000";

  private static final String LISTENING = "8080";
  private static final String PORT_FORWARD = "portforward.k8s.io";
  private static final String V4 = "v4.channel.k8s.io";
  private static final List<String> SPDY_VERSIONS = List.of(V4, V4, "channel.k8s.io", "", "none");
  private static final List<String> WEBSOCKET_VERSIONS =
      List.of(V4, "v5.channel.k8s.io", "v5.channel.k8s.io", "base64.channel.k8s.io", "", "none");

  /** They all end by themselves when their client has left. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("cat"),
          List.of("cat"),
          List.of("echo", "word"),
          List.of("head", "-c", "3000000", "/dev/zero"),
          List.of("sh", "-c", "cat; exit 3"),
          List.of("none"));

  private enum Kind {
    EXEC,
    ATTACH,
    PORT_FORWARD
  }

  /** What is spoken after HTTP. */
  private enum Wire {
    SPDY,
    WEBSOCKET,
    TUNNEL
  }

  /** Where one client goes, and what the first line of its request names. */
  private record Door(SocketAddress server, String path) {}

  /** What kind of frames a round begins with; random ones follow. */
  private record Start(Wire wire, Enum<?> trick) {}

  private final CriNode node;
  private final long seed;
  private final Random random;
  private final String pod;
  private final List<String> containers;
  private final Deque<RawClient> idle = new ArrayDeque<>();
  private final Set<Long> processes;
  private int upgraded;

  private StreamFuzz(CriNode node, long seed) throws IOException, InterruptedException {
    this.node = node;
    this.seed = seed;
    this.random = new Random(seed);
    pod = node.run(node.pod(NAME));
    String app =
        node.createAndStart(
            pod,
            node.container("app", "sh", "-c", "httpd -p 127.0.0.1:8080 -h /; exec cat")
                .setStdin(true));
    String terminal =
        node.createAndStart(
            pod, node.container("terminal", "sh", "-c", DEAF).setStdin(true).setTty(true));
    containers = List.of(app, app, terminal);
    runPodOfApi();
    expectGoodOnes();
    processes = Footprint.of(node).processes();
  }

  static StreamFuzz start(CriNode node, long seed) throws IOException, InterruptedException {
    return new StreamFuzz(node, seed);
  }

  private void runPodOfApi() throws IOException {
    Map<String, Object> container =
        Map.of(
            "name",
            "app",
            "image",
            node.image(),
            "stdin",
            true,
            "command",
            List.of("sh", "-c", "httpd -p 127.0.0.1:8080 -h /; exec cat"));
    String whole =
        JSON.std.asString(
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Pod",
                "metadata",
                Map.of("name", NAME),
                "spec",
                Map.of("containers", List.of(container), "terminationGracePeriodSeconds", 0)));
    var answer =
        api()
            .send(
                "POST",
                "/api/v1/namespaces/default/pods",
                whole,
                "Host: sandjar",
                "Content-Type: application/json");
    assertEquals(201, answer.status(), answer.body());
    awaitPod(200, "\"ready\":true");
  }

  private void awaitPod(int status, String part) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    var answer = api().get(POD, "Host: sandjar");
    while (answer.status() != status || !answer.body().replace(" ", "").contains(part)) {
      assertTrue(System.nanoTime() < end, answer.body());
      CriNode.pause();
      answer = api().get(POD, "Host: sandjar");
    }
  }

  private PlainHttp api() {
    return PlainHttp.on(apiSocket());
  }

  private Path apiSocket() {
    return node.folder().resolve("run/api.sock");
  }

  /**
   * @param seconds how long; zero for what a build does
   */
  void run(long seconds) throws Exception {
    // Each trick once, in another order than they are told in.
    List<Start> all = new ArrayList<>();
    for (SpdyBytes.Trick trick : SpdyBytes.Trick.values()) {
      all.add(new Start(Wire.SPDY, trick));
      all.add(new Start(Wire.TUNNEL, trick));
    }
    for (WebSocketBytes.Trick trick : WebSocketBytes.Trick.values()) {
      all.add(new Start(Wire.WEBSOCKET, trick));
    }
    Collections.shuffle(all, random);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (int round = 0; seconds > 0 ? System.nanoTime() < end : round < ROUNDS; round++) {
      Start start = round < all.size() ? all.get(round) : pick(all);
      try {
        round(start);
        if (round % ROUNDS_BETWEEN_GOOD_ONES == 0) {
          expectGoodOnes();
        }
      } catch (IOException | RuntimeException | AssertionError failed) {
        throw new AssertionError(
            "seed %d, round %d: %s%n%s".formatted(seed, round, start, node.daemonLog()), failed);
      }
    }
    assertTrue(upgraded > 0, "nobody was served: the fuzz reaches nothing");
    expectGoodOnes();
    leave();
    expectGoodOnes();
    expectNoProcesses();
  }

  private void round(Start start) throws IOException {
    Kind kind = start.wire() == Wire.TUNNEL ? Kind.PORT_FORWARD : pick(List.of(Kind.values()));
    boolean terminal = kind == Kind.EXEC && random.nextInt(4) == 0;
    Door door = random.nextBoolean() ? ofCri(kind, terminal) : ofApi(kind, terminal);
    byte[] frames =
        switch (start.wire()) {
          case SPDY -> spdy(kind, terminal, (SpdyBytes.Trick) start.trick());
          case WEBSOCKET -> webSocket((WebSocketBytes.Trick) start.trick());
          case TUNNEL -> tunnel((SpdyBytes.Trick) start.trick());
        };
    RawClient client = new RawClient(door.server());
    byte[] head = head(door, start.wire(), version(start.wire(), kind));
    if (random.nextInt(10) == 0) {
      client.write(damaged(head));
    } else {
      client.write(head);
      if (random.nextInt(10) > 0) {
        String answer = client.await(text -> text.contains("\r\n\r\n"));
        upgraded += answer.startsWith("HTTP/1.1 101") ? 1 : 0;
      }
    }
    client.write(random.nextInt(3) == 0 ? damaged(frames) : frames);
    judge(client);
    leave(client);
  }

  /** What came so far tells no mistake of the program. */
  private void judge(RawClient client) {
    client.look();
    String said = client.received();
    if (NoCause.in(said)) {
      fail("the server says " + said);
    }
  }

  private void leave(RawClient client) throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> client.close();
      case 1 -> client.abort();
      case 2 -> {
        client.endOutput();
        idle.add(client);
      }
      default -> idle.add(client);
    }
    if (idle.size() > MOST_IDLE) {
      RawClient first = idle.remove();
      judge(first);
      first.close();
    }
  }

  private Door ofCri(Kind kind, boolean terminal) {
    String container = pick(containers);
    String url =
        switch (kind) {
          case EXEC ->
              node.runtime()
                  .exec(
                      ExecRequest.newBuilder()
                          .setContainerId(container)
                          .addAllCmd(pick(COMMANDS))
                          .setStdin(true)
                          .setStdout(true)
                          .setStderr(!terminal)
                          .setTty(terminal)
                          .build())
                  .getUrl();
          case ATTACH ->
              node.runtime()
                  .attach(
                      AttachRequest.newBuilder()
                          .setContainerId(container)
                          .setStdin(true)
                          .setStdout(true)
                          .setTty(container.equals(containers.get(2)))
                          .build())
                  .getUrl();
          case PORT_FORWARD ->
              node.runtime()
                  .portForward(
                      PortForwardRequest.newBuilder()
                          .setPodSandboxId(pod)
                          .addPort(random.nextBoolean() ? Integer.parseInt(LISTENING) : 9)
                          .build())
                  .getUrl();
        };
    URI uri = URI.create(url);
    return new Door(new InetSocketAddress(uri.getHost(), uri.getPort()), uri.getRawPath());
  }

  private Door ofApi(Kind kind, boolean terminal) {
    String streams = "stdin=1&stdout=1" + (terminal ? "&tty=1" : "&stderr=1");
    String path =
        switch (kind) {
          case EXEC -> "/exec?" + streams + "&command=" + String.join("&command=", command());
          case ATTACH -> "/attach?" + streams;
          case PORT_FORWARD -> "/portforward?ports=" + LISTENING;
        };
    return new Door(UnixDomainSocketAddress.of(apiSocket()), POD + path);
  }

  private List<String> command() {
    return pick(COMMANDS).stream()
        .map(word -> word.replace(" ", "%20").replace(";", "%3B"))
        .toList();
  }

  private String version(Wire wire, Kind kind) {
    return switch (wire) {
      case SPDY -> kind == Kind.PORT_FORWARD ? PORT_FORWARD : pick(SPDY_VERSIONS);
      case WEBSOCKET -> pick(WEBSOCKET_VERSIONS);
      case TUNNEL -> "SPDY/3.1+" + PORT_FORWARD;
    };
  }

  private static byte[] head(Door door, Wire wire, String version) {
    boolean spdy = wire == Wire.SPDY;
    StringBuilder head = new StringBuilder("GET " + door.path() + " HTTP/1.1\r\nHost: sandjar\r\n");
    head.append("Connection: Upgrade\r\nUpgrade: ").append(spdy ? "SPDY/3.1" : "websocket");
    if (!spdy) {
      head.append("\r\nSec-WebSocket-Version: 13");
      head.append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }
    if (!version.isEmpty()) {
      head.append(spdy ? "\r\nX-Stream-Protocol-Version: " : "\r\nSec-WebSocket-Protocol: ");
      head.append(version);
    }
    return head.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private byte[] spdy(Kind kind, boolean terminal, SpdyBytes.Trick first) throws IOException {
    SpdyBytes bytes = new SpdyBytes(random);
    if (random.nextInt(4) > 0) {
      if (kind == Kind.PORT_FORWARD) {
        connections(bytes);
      } else {
        List.of("error", "stdin", "stdout", terminal ? "resize" : "stderr")
            .forEach(type -> bytes.open("streamtype", type));
      }
    }
    bytes.add(first);
    for (int more = random.nextInt(4); more > 0; more--) {
      bytes.add(pick(List.of(SpdyBytes.Trick.values())));
    }
    return bytes.take();
  }

  /** Some that the pod answers, and one that it does not. */
  private static void connections(SpdyBytes bytes) {
    int id = 1;
    for (String port : List.of(LISTENING, "9", LISTENING)) {
      for (String type : List.of("error", "data")) {
        bytes.open("streamtype", type, "port", port, "requestid", "c" + id / 4);
        id += 2;
      }
    }
    bytes.data(3, "GET /bin/busybox HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII), false);
  }

  private byte[] tunnel(SpdyBytes.Trick first) throws IOException {
    byte[] carried = spdy(Kind.PORT_FORWARD, false, first);
    WebSocketBytes bytes = new WebSocketBytes(random);
    for (int at = 0; at < carried.length; ) {
      int length = Math.min(carried.length - at, 1 + random.nextInt(60_000));
      bytes.binary(Arrays.copyOfRange(carried, at, at + length));
      at += length;
    }
    return bytes.take();
  }

  private byte[] webSocket(WebSocketBytes.Trick first) {
    WebSocketBytes bytes = new WebSocketBytes(random);
    bytes.add(first);
    for (int more = random.nextInt(4); more > 0; more--) {
      bytes.add(pick(List.of(WebSocketBytes.Trick.values())));
    }
    return bytes.take();
  }

  /** Some bytes are others, or it is cut, or a part of it comes twice. */
  private byte[] damaged(byte[] whole) {
    if (whole.length == 0) {
      return whole;
    }
    byte[] damaged = whole.clone();
    int from = random.nextInt(whole.length);
    switch (random.nextInt(3)) {
      case 0 -> {
        for (int flips = 1 + random.nextInt(5); flips > 0; flips--) {
          damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 1 -> damaged = Arrays.copyOf(whole, from);
      default -> System.arraycopy(whole, 0, damaged, from, whole.length - from);
    }
    return damaged;
  }

  /** A client that does nothing wrong is served, by both servers. */
  private void expectGoodOnes() throws IOException {
    ExecRequest request =
        ExecRequest.newBuilder()
            .setContainerId(containers.get(0))
            .addAllCmd(List.of("echo", "alive"))
            .setStdout(true)
            .build();
    URI url = URI.create(node.runtime().exec(request).getUrl());
    Door cri = new Door(new InetSocketAddress(url.getHost(), url.getPort()), url.getRawPath());
    Door api =
        new Door(
            UnixDomainSocketAddress.of(apiSocket()),
            POD + "/exec?stdout=1&command=echo&command=alive");
    for (Door door : List.of(cri, api)) {
      try (RawClient client = new RawClient(door.server())) {
        client.write(head(door, Wire.WEBSOCKET, V4));
        String answer = client.await(text -> false);
        assertTrue(answer.contains("alive\n") && answer.contains("Success"), answer);
      }
    }
  }

  /** What was executed has ended with its client, and so have the pod's sides of forwards. */
  private void expectNoProcesses() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Footprint footprint = Footprint.of(node);
    while (!footprint.processes().equals(processes) && System.nanoTime() < end) {
      CriNode.pause();
    }
    assertEquals(processes, footprint.processes(), "processes in the containers");
  }

  private void leave() throws IOException {
    for (RawClient client : idle) {
      judge(client);
      client.close();
    }
    idle.clear();
  }

  private <T> T pick(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @Override
  public void close() throws IOException {
    for (RawClient client : idle) {
      client.close();
    }
    api().send("DELETE", POD, "", "Host: sandjar");
    awaitPod(404, "");
    node.removePod(pod);
  }
}

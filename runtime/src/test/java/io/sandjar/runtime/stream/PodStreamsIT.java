package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.AttachRequest;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ExecRequest;
import io.sandjar.cri.v1.PortForwardRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.runtime.cri.CriNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Exec, attach and port-forward into containers, from the RPC to the last byte. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("machine")
class PodStreamsIT {
  private static final String V4 = "v4.channel.k8s.io";
  private static final String V5 = "v5.channel.k8s.io";
  private static final String PORT_FORWARD = "portforward.k8s.io";
  private static final String PAGE = "the pod's page";
  private static final String SERVE =
      "mkdir /www; echo \"%s\" > /www/index.html; exec httpd -f -h /www -p %s";
  private static final int PORT = 8080;

  @TempDir static Path folder;
  private static CriNode node;
  private static String pod;
  private static String app;

  @BeforeAll
  static void startNode() throws IOException {
    node = CriNode.start(folder);
    pod = node.run(node.pod("streams"));
    app = node.createAndStart(pod, node.container("app", "sleep", "1000"));
  }

  @AfterAll
  static void stopNode() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void anExecutedCommandsOutputAndExitCodeArriveOverSpdy() throws Exception {
    var request = exec("echo out; echo err >&2; exit 7").setStdout(true).setStderr(true);
    try (var client = new SpdyClient(url(request), V4)) {
      var error = client.open("streamtype", "error");
      var stdout = client.open("streamtype", "stdout");
      var stderr = client.open("streamtype", "stderr");
      assertEquals("out\n", stdout.textToEnd());
      assertEquals("err\n", stderr.textToEnd());
      assertEquals("7", exitCode(error.textToEnd()));
    }
  }

  @Test
  void theEndOfTheInputReachesAnExecutedCommand() throws Exception {
    try (var client = new SpdyClient(url(exec("wc -c").setStdin(true).setStdout(true)), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      stdin.send("twelve bytes");
      stdin.end();
      assertEquals("12", stdout.textToEnd().strip());
    }
  }

  @Test
  void anExecutedShellHasATerminalThatIsResized() throws Exception {
    var request = exec("exec sh").setStdin(true).setStdout(true).setTty(true);
    try (var client = new SpdyClient(url(request), V4)) {
      var error = client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      var resize = client.open("streamtype", "resize");
      stdin.send("echo \"type is $TERM\"\n");
      stdout.awaitText("type is xterm");
      resize.send("{\"Width\":101,\"Height\":41}\n");
      stdin.send("until busybox stty size | grep '41 101'; do sleep 0.1; done; exit 3\n");
      stdout.awaitText("\n41 101");
      assertEquals("3", exitCode(error.textToEnd()));
    }
  }

  @Test
  void aWebSocketCarriesInputItsEndOutputAndExitCode() throws Exception {
    var request = exec("cat; exit 5").setStdin(true).setStdout(true);
    try (var client = new WebSocketClient(url(request), V5)) {
      assertEquals(V5, client.subprotocol());
      client.send(0, "there and back");
      client.end(0);
      client.awaitText(1, "there and back");
      client.awaitText(3, "}");
      assertEquals("5", exitCode(client.received(3)));
      client.awaitClose();
    }
  }

  @Test
  void whatAClientSendsBeforeItHangsUpReachesTheCommand() throws Exception {
    String script = "echo begun; cat > /tmp/part; echo read; mv /tmp/part /tmp/whole";
    var request = exec(script).setStdin(true).setStdout(true).setStderr(true);
    try (var client = new WebSocketClient(url(request), V4)) {
      client.send(0, "all of it");
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!node.sh(app, "cat /tmp/whole 2>/dev/null").equals("all of it")) {
      assertTrue(System.nanoTime() < end, () -> node.sh(app, "ls -l /tmp; ps"));
      CriNode.pause();
    }
  }

  @Test
  void attachJoinsTheFirstProcessAndItsLogGoesOn() throws Exception {
    String shell =
        node.createAndStart(pod, node.container("cat", "cat").setStdin(true).setStdinOnce(true));
    var request = AttachRequest.newBuilder().setContainerId(shell).setStdin(true).setStdout(true);
    String url = node.runtime().attach(request.build()).getUrl();
    try (var client = new SpdyClient(url, V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      stdin.send("to the cat\n");
      stdout.awaitText("to the cat\n");
      stdin.end();
      stdout.textToEnd();
    }
    assertEquals(0, node.awaitExit(shell).getExitCode());
    assertEquals(List.of("to the cat"), node.log("streams", "cat"));
  }

  @Test
  void attachToATerminalReachesItsShellAgainAndAgain() throws Exception {
    String shell =
        node.createAndStart(pod, node.container("shell", "sh").setStdin(true).setTty(true));
    for (int i = 0; i < 2; i++) {
      var request = AttachRequest.newBuilder().setContainerId(shell).setStdin(true).setStdout(true);
      try (var client = new WebSocketClient(node.runtime().attach(request.build()).getUrl(), V5)) {
        client.send(0, "echo $((40 + " + i + "))x\n");
        client.awaitText(1, (40 + i) + "x");
      }
    }
    assertEquals(ContainerState.CONTAINER_RUNNING, node.status(shell).getState());
  }

  @Test
  void loopbackListenersOfAPodAreForwardedToInBothFamilies() throws Exception {
    int free = freePort();
    serve(pod, "web4", "127.0.0.1:" + PORT);
    serve(pod, "web6", "[::1]:" + free);
    for (int port : List.of(PORT, free)) {
      assertPage(pod, port);
    }
    assertThrows(
        IOException.class,
        () -> new Socket(InetAddress.getLoopbackAddress(), free).close(),
        "the pod's port is not the host's");
  }

  /** That nobody listens on here. */
  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  @Test
  void aPodOnTheHostsNetworkIsForwardedTo() throws Exception {
    int port = freePort();
    String host = node.run(node.hostNetworkPod("host"));
    serve(host, "web", "127.0.0.1:" + port);
    assertPage(host, port);
  }

  @Test
  void aPortThatNobodyListensOnIsToldOnTheErrorStream() throws Exception {
    try (var client = new SpdyClient(forward(pod), PORT_FORWARD)) {
      var error = client.open("streamtype", "error", "port", "9", "requestid", "1");
      client.open("streamtype", "data", "port", "9", "requestid", "1");
      String message = error.textToEnd();
      assertTrue(message.contains("nothing answers at port 9 inside the pod"), message);
      assertFalse(client.isClosed(), "other connections go on");
    }
  }

  @Test
  void manyConnectionsGoThroughOneForward() throws Exception {
    String web = "many";
    serve(pod, web, "127.0.0.1:" + (PORT + 2));
    try (var client = new SpdyClient(forward(pod), PORT_FORWARD)) {
      for (int i = 0; i < 50; i++) {
        assertEquals(PAGE, page(client, PORT + 2, i));
      }
    }
  }

  @Test
  void aWebSocketCarriesAWholeSpdyConnection() throws Exception {
    serve(pod, "tunnel", "127.0.0.1:" + (PORT + 4));
    try (var tunnel = new SpdyTunnel(forward(pod));
        var client = new SpdyClient(tunnel.url())) {
      assertTrue(tunnel.answer.startsWith("HTTP/1.1 101"), tunnel.answer);
      assertTrue(tunnel.answer.contains("SPDY/3.1+portforward.k8s.io"), tunnel.answer);
      for (int i = 0; i < 3; i++) {
        assertEquals(PAGE, page(client, PORT + 4, i));
      }
    }
  }

  @Test
  void aWebSocketForwardsAPort() throws Exception {
    serve(pod, "websocket", "127.0.0.1:" + (PORT + 3));
    try (var client = new WebSocketClient(forward(pod, PORT + 3), "v4.channel.k8s.io")) {
      client.send(0, "GET /index.html HTTP/1.0\r\n\r\n");
      client.awaitText(0, PAGE);
    }
  }

  @Test
  void whatCannotBeStreamedIsRefusedBeforeThereIsAUrl() {
    code(Status.Code.INVALID_ARGUMENT, () -> url(ExecRequest.newBuilder().setContainerId(app)));
    code(
        Status.Code.NOT_FOUND,
        () -> url(ExecRequest.newBuilder().setContainerId("nope").addCmd("sh").setStdout(true)));
    String created = node.create(pod, node.container("created", "true"));
    code(
        Status.Code.FAILED_PRECONDITION,
        () -> url(ExecRequest.newBuilder().setContainerId(created).addCmd("sh").setStdout(true)));
    code(
        Status.Code.FAILED_PRECONDITION,
        () ->
            node.runtime()
                .attach(
                    AttachRequest.newBuilder().setContainerId(created).setStdout(true).build()));
    code(Status.Code.INVALID_ARGUMENT, () -> forward(pod, 65536));
    code(Status.Code.NOT_FOUND, () -> forward("nope"));
    String stopped = node.run(node.hostNetworkPod("stopped"));
    node.runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped).build());
    code(Status.Code.FAILED_PRECONDITION, () -> forward(stopped));
  }

  private static void code(Status.Code expected, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    assertEquals(expected, refused.getStatus().getCode(), refused.getMessage());
  }

  private static ExecRequest.Builder exec(String script) {
    return ExecRequest.newBuilder().setContainerId(app).addAllCmd(List.of("sh", "-c", script));
  }

  private static String url(ExecRequest.Builder request) {
    return node.runtime().exec(request.build()).getUrl();
  }

  private static String forward(String sandbox, Integer... ports) {
    return node.runtime()
        .portForward(
            PortForwardRequest.newBuilder()
                .setPodSandboxId(sandbox)
                .addAllPort(List.of(ports))
                .build())
        .getUrl();
  }

  private static String exitCode(String status) {
    return status.replaceAll("(?s).*\"message\" *: *\"(\\d+)\".*", "$1");
  }

  /** Starts a web server and waits until it listens. */
  private static void serve(String sandbox, String name, String address) {
    String server =
        node.createAndStart(
            sandbox, node.container(name, "sh", "-c", SERVE.formatted(PAGE, address)));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!node.sh(server, "wget -q -O - http://" + address + "/index.html").equals(PAGE)) {
      assertTrue(System.nanoTime() < end, () -> address + " is not served");
      CriNode.pause();
    }
  }

  private static void assertPage(String sandbox, int port) throws Exception {
    try (var client = new SpdyClient(forward(sandbox), PORT_FORWARD)) {
      assertEquals(PAGE, page(client, port, 1));
    }
  }

  private static String page(SpdyClient client, int port, int request) throws Exception {
    String[] pair = {"port", Integer.toString(port), "requestid", Integer.toString(request)};
    var error = client.open("streamtype", "error", pair[0], pair[1], pair[2], pair[3]);
    var data = client.open("streamtype", "data", pair[0], pair[1], pair[2], pair[3]);
    data.send("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    String answer = data.textToEnd();
    assertEquals("", error.textToEnd());
    return answer.substring(answer.indexOf("\r\n\r\n") + 4).strip();
  }
}

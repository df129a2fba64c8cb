package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.NetworkConfig;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxNetworkStatus;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.cri.v1.RuntimeConfig;
import io.sandjar.cri.v1.UpdateRuntimeConfigRequest;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The network of a whole node: what a kubelet asks for, and what a user sees. */
class PodNetworkIT extends OnNode {
  private static final String NETWORK = "/apis/sandjar.io/v1/network";
  private static final int PATIENCE_SECONDS = 60;
  private static final Random RANDOM = new Random();

  @Test
  void aHostPortLeadsFromLoopbackToThePodAndNobodyElseGetsIt() throws Exception {
    int port = freePort();
    String pod = node.run(withPort(node.pod("web"), port));
    String serve = "mkdir /www; echo hello > /www/index.html; httpd -f -p 80 -h /www";
    node.createAndStart(pod, node.container("web", "sh", "-c", serve));
    assertEquals("hello\n", fetch("http://127.0.0.1:" + port + "/"));

    StatusRuntimeException taken =
        assertThrows(
            StatusRuntimeException.class, () -> node.run(withPort(node.pod("second"), port)));
    assertEquals(Status.Code.FAILED_PRECONDITION, taken.getStatus().getCode());
    String why = taken.getStatus().getDescription();
    assertTrue(why.contains("test/web") && why.contains("test/second"), why);
    assertEquals(
        1,
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsCount());
    assertEquals(1, items("/pods").size());

    node.removePod(pod);
    node.run(withPort(node.pod("second"), port));
  }

  @Test
  void theBandwidthOfAPodIsLimitedByItsAnnotations() throws Exception {
    node.run(
        node.pod("slow")
            .putAnnotations("kubernetes.io/ingress-bandwidth", "10M")
            .putAnnotations("kubernetes.io/egress-bandwidth", "4M"));
    Map<?, ?> pod = (Map<?, ?>) items("/pods").get(0);
    assertEquals(10_000_000, pod.get("ingressBitsPerSecond"));
    assertEquals(4_000_000, pod.get("egressBitsPerSecond"));
    String queues = run("tc", "qdisc", "show", "dev", (String) pod.get("interface"));
    assertTrue(queues.contains("rate 10Mbit"), queues);
  }

  @Test
  void aPodOnTheHostsNetworkSeesItsLinksAndHasNoneOfItsOwn() throws Exception {
    String pod = node.run(node.hostNetworkPod("host"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    String bridge = (String) ((Map<?, ?>) network().get("bridge")).get("name");
    assertTrue(node.sh(container, "ip link").contains(bridge));
    assertEquals(List.of(), items("/pods"));
  }

  @Test
  void theNetworkIsShownAsDataAndAsAPicture() throws Exception {
    String address = addressOf(node.run(node.pod("seen")));
    Map<String, Object> network = network();
    assertEquals(true, network.get("ready"), network::toString);
    assertEquals("bridge", network.get("provider"));
    Map<?, ?> pod = (Map<?, ?>) ((List<?>) network.get("pods")).get(0);
    assertEquals(List.of(address), pod.get("ips"));
    String svg = api().get(NETWORK + "/graph").body();
    assertTrue(svg.startsWith("<svg") && svg.contains("test/seen"), svg);
    String mermaid = api().get(NETWORK + "/graph?format=mermaid").body();
    assertTrue(mermaid.startsWith("graph LR") && mermaid.contains(address), mermaid);
    assertEquals(400, api().get(NETWORK + "/graph?format=gif").status());
  }

  @Test
  void routesToOtherNodesAreAddedAtRunTimeAndOutliveTheDaemon() throws Exception {
    String route = "{\"name\":\"b\",\"podCIDRs\":[\"10.66.0.0/24\"],\"addresses\":[\"192.0.2.9\"]}";
    assertEquals(201, api().send("POST", NETWORK + "/routes", route).status());
    String overlap = route.replace("\"b\"", "\"c\"").replace("/24", "/16");
    PlainHttp.Answer refused = api().send("POST", NETWORK + "/routes", overlap);
    assertEquals(409, refused.status());
    assertTrue(refused.body().contains("of node b"), refused.body());
    for (String wrong : List.of("null", "[]", "{}", "nonsense", "{\"name\":1}")) {
      assertEquals(400, api().send("POST", NETWORK + "/routes", wrong).status(), wrong);
    }
    node.crash(() -> {});
    assertEquals("b", ((Map<?, ?>) items("/routes").get(0)).get("name"));
    assertEquals(200, api().send("DELETE", NETWORK + "/routes/b", "").status());
    assertEquals(List.of(), items("/routes"));
  }

  @Test
  void thePodCidrThatAKubeletChoseOutlivesTheDaemon() throws Exception {
    String old = addressOf(node.run(node.pod("old")));
    String prefix = randomPrefix();
    choose(prefix + "0/24");
    assertEquals(prefix + "2", addressOf(node.run(node.pod("young"))));
    node.crash(() -> {});
    // Nobody told the new daemon of it.
    assertEquals(prefix + "3", addressOf(node.run(node.pod("younger"))));
    assertTrue(items("/pods").toString().contains(old));

    Path remembered = folder.resolve("root/network/pod-cidr");
    assertTrue(Files.exists(remembered));
    byte[] broken = "10.99\u00e4/\n".getBytes(StandardCharsets.ISO_8859_1);
    node.crash(
        () -> {
          try {
            Files.write(remembered, broken);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    assertFalse(addressOf(node.run(node.pod("youngest"))).startsWith(prefix));
    assertTrue(Files.exists(remembered.resolveSibling("pod-cidr.corrupt")));
    assertTrue(node.daemonLog().contains("pod-cidr.corrupt"), node.daemonLog());
  }

  @Test
  void aPodCidrThatMakesNoSenseIsRefused() {
    for (String wrong : List.of("10.1.0.0/31", "10.1.0/24", "10.1.0.0/24,10.2.0.0/24", "x")) {
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> choose(wrong), wrong);
      assertEquals(Status.Code.INVALID_ARGUMENT, refused.getStatus().getCode(), wrong);
    }
  }

  @Test
  void aPodHasAnAddressOfEachFamily() throws Exception {
    String prefix = randomPrefix();
    String six = "fd%02x:%x::".formatted(RANDOM.nextInt(256), RANDOM.nextInt(1 << 16));
    choose(prefix + "0/24," + six + "/64");
    String pod = node.run(node.pod("dual"));
    PodSandboxNetworkStatus network = status(pod).getNetwork();
    assertEquals(prefix + "2", network.getIp());
    assertEquals(1, network.getAdditionalIpsCount(), network::toString);
    String second = network.getAdditionalIps(0).getIp();
    assertTrue(second.startsWith(six), second);
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    String addresses = node.sh(container, "ip addr show eth0");
    assertTrue(addresses.contains(network.getIp()) && addresses.contains(second), addresses);
    node.crash(() -> {});
    assertEquals(network, status(pod).getNetwork());
    choose(randomPrefix() + "0/24");
  }

  @Test
  void aPodForWhichNoAddressIsLeftIsRefusedAndLeavesNothing() throws Exception {
    choose(randomPrefix() + "0/30");
    String only = node.run(node.pod("only"));
    StatusRuntimeException full =
        assertThrows(StatusRuntimeException.class, () -> node.run(node.pod("late")));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, full.getStatus().getCode(), full.getMessage());
    assertEquals(
        1,
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsCount());
    assertEquals(1, items("/pods").size());
    node.removePod(only);
    choose(randomPrefix() + "0/24");
    node.run(node.pod("late"));
  }

  private static String randomPrefix() {
    return "10.%d.%d.".formatted(200 + RANDOM.nextInt(50), RANDOM.nextInt(256));
  }

  private static void choose(String podCidr) {
    node.runtime()
        .updateRuntimeConfig(
            UpdateRuntimeConfigRequest.newBuilder()
                .setRuntimeConfig(
                    RuntimeConfig.newBuilder()
                        .setNetworkConfig(NetworkConfig.newBuilder().setPodCidr(podCidr)))
                .build());
  }

  private static PodSandboxConfig.Builder withPort(PodSandboxConfig.Builder pod, int port) {
    return pod.addPortMappings(PortMapping.newBuilder().setHostPort(port).setContainerPort(80));
  }

  private static String addressOf(String pod) {
    return status(pod).getNetwork().getIp();
  }

  private static PodSandboxStatus status(String pod) {
    return node.runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .getStatus();
  }

  private static PlainHttp api() {
    return PlainHttp.on(folder.resolve("run/api.sock"));
  }

  private static Map<String, Object> network() throws IOException {
    return JSON.std.mapFrom(api().get(NETWORK).body());
  }

  private static List<?> items(String path) throws IOException {
    return (List<?>) JSON.std.mapFrom(api().get(NETWORK + path).body()).get("items");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** What the container serves, once it does. */
  private static String fetch(String url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      try {
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      } catch (IOException notYet) {
        if (System.nanoTime() > end) {
          throw notYet;
        }
        CriNode.pause();
      }
    }
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}

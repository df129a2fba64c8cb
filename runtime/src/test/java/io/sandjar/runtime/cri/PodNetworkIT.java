package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxNetworkStatus;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A pod's network on a whole node: what a kubelet asks for, and what a user sees. */
class PodNetworkIT extends OnNetwork {
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
  void aHostPortOfLoopbackV6IsRefusedAsItCannotWork() throws IOException {
    PortMapping port =
        PortMapping.newBuilder()
            .setHostPort(freePort())
            .setContainerPort(80)
            .setHostIp("::1")
            .build();
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class, () -> node.run(node.pod("six").addPortMappings(port)));
    assertEquals(Status.Code.INVALID_ARGUMENT, refused.getStatus().getCode());
    String why = refused.getStatus().getDescription();
    assertTrue(why.contains("test/six") && why.contains("use 127.0.0.1"), why);
    assertEquals(List.of(), items("/pods"));
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

  private static PodSandboxConfig.Builder withPort(PodSandboxConfig.Builder pod, int port) {
    return pod.addPortMappings(PortMapping.newBuilder().setHostPort(port).setContainerPort(80));
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
}

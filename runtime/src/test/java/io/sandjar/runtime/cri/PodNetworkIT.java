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
import io.sandjar.cri.v1.RuntimeCondition;
import io.sandjar.cri.v1.RuntimeConfig;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.UpdateRuntimeConfigRequest;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
  void peersAreTakenFromTheConfigAndFromTheFileThatItNames() throws Exception {
    Path file = folder.resolve("other-nodes");
    String prefix = randomPrefix();
    // By an address of the bridge's own segment: the way to it exists on any machine.
    String hop = addressOf(node.run(node.pod("hop")));
    String one = "one " + prefix + "0/26 " + hop;
    Files.writeString(file, "two " + prefix + "64/26 " + hop + "\n");
    int id = 1 + RANDOM.nextInt(1 << 23);
    String tunnel = "sjvx" + id;
    String before = Files.readString(config());
    node.crash(
        () ->
            rewrite(
                before.replaceFirst(
                    "network:\n",
                    "network:\n  peers: [\"" + one + "\"]\n  peersFile: " + file + "\n")));
    try {
      assertEquals(
          Map.of("one", "config", "two", "file"),
          items("/routes").stream()
              .map(route -> (Map<?, ?>) route)
              .collect(Collectors.toMap(route -> route.get("name"), route -> route.get("source"))));
      String routes = run("ip", "route", "show", "proto", "83");
      assertTrue(routes.contains(prefix + "0/26 via " + hop), routes);
      assertTrue(routes.contains(prefix + "64/26 via " + hop), routes);
      // The same through a tunnel.
      String vxlan =
          "network:\n  overlay: vxlan\n  vxlanId: %d\n  vxlanPort: %d\n  nodeAddress: 192.0.2.1\n"
              .formatted(id, freePort());
      node.crash(
          () -> rewrite(before.replaceFirst("network:\n", vxlan + "  peers: [\"" + one + "\"]\n")));
      routes = run("ip", "route", "show", "proto", "83");
      assertTrue(routes.contains(prefix + "0/26 via " + prefix + "0 dev " + tunnel), routes);
      // Two nodes of the config that overlap are a mistake in it, and named.
      node.kill();
      rewrite(
          before.replaceFirst(
              "network:\n",
              "network:\n  peers: [\"" + one + "\", \"again " + prefix + "0/24 " + hop + "\"]\n"));
      node.startInVain();
      assertTrue(node.daemonLog().contains("of node again overlaps"), node.daemonLog());
      assertTrue(node.daemonLog().contains("of node one"), node.daemonLog());
    } finally {
      node.crash(() -> rewrite(before));
    }
    assertFalse(Files.exists(Path.of("/sys/class/net", tunnel)));
    String left = run("ip", "route", "show", "proto", "83");
    assertFalse(left.contains(prefix), left);
  }

  @Test
  void theNodeIsNotReadyAsLongAsItsBridgeCannotBe() throws Exception {
    assertTrue(networkReady().getStatus(), networkReady()::getMessage);
    String bridge = bridge();
    node.crash(
        () -> {
          run("ip", "link", "delete", bridge);
          run("ip", "link", "add", bridge, "type", "veth", "peer", "name", bridge + "x");
        });
    try {
      RuntimeCondition unready = networkReady();
      assertFalse(unready.getStatus());
      assertEquals("BridgeNotReady", unready.getReason());
      assertTrue(
          unready.getMessage().contains(bridge + " exists and is no bridge"), unready::getMessage);
      assertThrows(StatusRuntimeException.class, () -> node.run(node.pod("early")));
    } finally {
      run("ip", "link", "delete", bridge);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!networkReady().getStatus()) {
      assertTrue(System.nanoTime() < end, networkReady()::getMessage);
      CriNode.pause();
    }
    node.run(node.pod("late"));
  }

  private static RuntimeCondition networkReady() {
    return node
        .runtime()
        .status(StatusRequest.getDefaultInstance())
        .getStatus()
        .getConditionsList()
        .stream()
        .filter(condition -> condition.getType().equals("NetworkReady"))
        .findAny()
        .orElseThrow();
  }

  @Test
  void anotherBridgeOrProviderIsTakenOnceNoPodIsOnTheEarlierOne() throws Exception {
    String pod = node.run(node.pod("stays"));
    String before = Files.readString(config());
    String bridge = bridge();
    String other = on(before, bridge + "b");
    try {
      for (String config :
          List.of(other, before.replaceFirst("network:\n", "network:\n  provider: cni\n"))) {
        node.crash(() -> rewrite(config));
        assertEquals(bridge, bridge());
        assertEquals(1, items("/pods").size());
        String log = node.daemonLog();
        assertTrue(log.contains("pods are still attached by bridge " + bridge), log);
        assertTrue(log.contains(pod), log);
      }
      assertReaches(node.run(node.pod("joins")));
      node.removeAllPods();
      awaitNoLinkOn(bridge);

      // What cannot be had is not left for.
      node.kill();
      String twice =
          "network:\n  peers: [\"a 10.1.0.0/24 10.0.0.9\", \"b 10.1.0.0/16 10.0.0.8\"]\n";
      rewrite(other.replaceFirst("network:\n", twice));
      node.startInVain();
      assertTrue(node.daemonLog().contains("of node b overlaps"), node.daemonLog());
      assertTrue(exists(bridge));

      rewrite(other);
      node.restart();
      assertEquals(bridge + "b", bridge());
      assertTrue(networkReady().getStatus(), networkReady()::getMessage);
      assertFalse(exists(bridge));
      String tables = run("nft", "list", "tables");
      assertFalse(tables.contains("sandjar-" + bridge + "\n"), tables);
      assertReaches(node.run(node.pod("moves")));
    } finally {
      node.removeAllPods();
      awaitNoLinkOn(bridge + "b");
      node.crash(() -> rewrite(before));
    }
    assertFalse(exists(bridge + "b"));
  }

  @Test
  void aBridgeOfSomebodyElseIsNotRemovedNorWhatNobodyCanHave() throws Exception {
    String before = Files.readString(config());
    String bridge = bridge();
    String foreign = bridge + "f";
    awaitNoLinkOn(bridge);
    run("ip", "link", "add", foreign, "type", "bridge");
    try {
      node.crash(() -> rewrite(on(before, foreign)));
      assertEquals(foreign, bridge());
      node.crash(() -> rewrite(before));
      assertEquals(bridge, bridge());
      assertTrue(exists(foreign));
      String log = node.daemonLog();
      assertTrue(log.contains("the bridge " + foreign + " stays"), log);
    } finally {
      run("ip", "link", "delete", foreign);
    }
    for (String nobodys : List.of("bridge br:0", "bridge ", "b\0")) {
      node.crash(
          () -> {
            try {
              Files.writeString(folder.resolve("root/network/provider"), nobodys);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      assertTrue(networkReady().getStatus(), networkReady()::getMessage);
    }
  }

  /** A reboot ends pods and namespaces, but not what plugins write to the disk, such as leases. */
  @Test
  void pluginsThatAreLeftGiveBackWhatTheyKeep() throws Exception {
    Path plugins = Files.createDirectories(folder.resolve("plugins"));
    Path calls = plugins.resolve("calls");
    Path plugin = plugins.resolve("keeper");
    Files.writeString(
        plugin,
        "#!/bin/sh\ncat > /dev/null\necho $CNI_COMMAND $CNI_CONTAINERID >> " + calls + "\n");
    assertTrue(plugin.toFile().setExecutable(true));
    String network =
        "{\"cniVersion\":\"1.0.0\",\"name\":\"kept\",\"plugins\":[{\"type\":\"keeper\"}]}";
    String kept =
        JSON.std.asString(
            Map.of(
                "kind", "cniCacheV1",
                "containerId", "gone",
                "config",
                    Base64.getEncoder().encodeToString(network.getBytes(StandardCharsets.UTF_8)),
                "ifName", "eth0",
                "networkName", "kept",
                "netns", "/run/netns/gone",
                "result", Map.of("cniVersion", "1.0.0")));
    Path results = folder.resolve("root/network/cni/results");
    String before = Files.readString(config());
    try {
      node.crash(
          () -> {
            rewrite(
                before.replaceFirst("network:\n", "network:\n  cniBinDir: [" + plugins + "]\n"));
            try {
              Files.createDirectories(results);
              Files.writeString(results.resolve("kept-gone-eth0"), kept);
              Files.writeString(folder.resolve("root/network/provider"), "cni");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      assertEquals("DEL gone\n", Files.readString(calls));
      assertFalse(Files.exists(results.resolve("kept-gone-eth0")));
    } finally {
      node.crash(() -> rewrite(before));
    }
  }

  private static String on(String config, String bridge) {
    return config.replaceFirst("bridge: \\S+", "bridge: " + bridge);
  }

  private static boolean exists(String link) {
    return Files.exists(Path.of("/sys/class/net", link));
  }

  private static void awaitNoLinkOn(String bridge) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (exists(bridge) && run("ip", "link", "show", "master", bridge).contains("sj")) {
      assertTrue(System.nanoTime() < end, "a pod's link stays on " + bridge);
      CriNode.pause();
    }
  }

  private static void assertReaches(String pod) {
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    String gateway = node.sh(container, "ip route | sed -n 's/default via //;s/ dev.*//p;q'");
    assertEquals("", node.sh(container, "ping -c 1 -W 5 " + gateway + " > /dev/null || echo lost"));
  }

  private static String bridge() throws IOException {
    return (String) ((Map<?, ?>) network().get("bridge")).get("name");
  }

  private static Path config() {
    return folder.resolve("config.yaml");
  }

  private static void rewrite(String config) {
    try {
      Files.writeString(config(), config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  private static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

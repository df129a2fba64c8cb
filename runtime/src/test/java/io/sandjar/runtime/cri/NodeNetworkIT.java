package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.RuntimeCondition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The network of a whole node through what changes: its config, its bridge and its daemon. */
class NodeNetworkIT extends OnNetwork {
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
    return node.client().condition("NetworkReady");
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
}

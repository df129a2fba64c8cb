package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.pool.NodePools;
import io.sandjar.netbridge.pool.PoolUsage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NodePodsTest {
  private final NodePods pods =
      new NodePods(new NodePools(List.of(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd01::/64"))));

  @Test
  void anAddressInDisputeDoesNotKeepTheOthersFromBeingLeased() {
    pods.reconcile(
        List.of(
            attachment("a", "10.1.0.1", "10.1.0.2/24", "fd01::2/64"),
            attachment("b", "10.1.0.1", "10.1.0.2/24", "fd01::3/64")));
    assertEquals(List.of(1, 2), pods.pools().usage().stream().map(PoolUsage::leased).toList());
    assertEquals(2, pods.all().size());
  }

  @Test
  void whoIsNotAliveIsForgottenAndItsAddressHeldBack() {
    pods.reconcile(List.of(attachment("a", "10.1.0.1", "10.1.0.2/24")));
    pods.reconcile(List.of(attachment("b", "10.1.0.1", "10.1.0.3/24")));
    assertEquals(List.of("b"), pods.all().stream().map(Attachment::sandboxId).toList());
    assertEquals(1, pods.pools().usage().get(0).quarantined());
  }

  @Test
  void theGatewayOfAnEarlierNetworkStaysAsLongAsItsPods() {
    pods.reconcile(List.of(attachment("a", "10.1.0.1", "10.1.0.2/24")));
    pods.change(List.of(Cidr.parse("10.2.0.0/24")));
    assertEquals(Set.of(Cidr.parse("10.2.0.1/24"), Cidr.parse("10.1.0.1/24")), pods.gateways());
    pods.remove("a");
    assertEquals(Set.of(Cidr.parse("10.2.0.1/24")), pods.gateways());
  }

  @Test
  void whoLeavesWhileTheNetworkChangesIsNotTakenInAgain() throws Exception {
    List<List<Cidr>> networks =
        List.of(List.of(Cidr.parse("10.2.0.0/24")), List.of(Cidr.parse("10.2.0.0/16")));
    AtomicBoolean leaving = new AtomicBoolean(true);
    CompletableFuture<Void> changer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; leaving.get(); i++) {
                pods.change(networks.get(i % 2));
              }
            });
    try {
      for (int i = 0; i < 20_000; i++) {
        pods.add(attachment("a", "10.2.0.1", "10.2.0.2/16"));
        // As a pod is detached whose link is gone at once.
        pods.remove("a");
        pods.pools().quarantine("a");
        pods.pools().free("a");
      }
    } finally {
      leaving.set(false);
    }
    changer.get(60, TimeUnit.SECONDS);
    assertEquals(List.of(), pods.all());
    assertEquals(0, pods.pools().usage().get(0).leased());
  }

  private static Attachment attachment(String id, String gateway, String... addresses) {
    return new Attachment(
        id,
        BridgeNetwork.PROVIDER,
        "default",
        id,
        List.of(addresses).stream().map(Cidr::parse).toList(),
        List.of(Cidr.address(gateway)),
        "02:00:00:00:00:01",
        1500,
        "eth0",
        "sj" + id,
        "",
        List.of(),
        Bandwidth.UNLIMITED,
        Map.of());
  }
}

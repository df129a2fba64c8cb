package io.sandjar.netbridge.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodePoolsTest {
  private static final Duration AT_ONCE = Duration.ZERO;

  @ParameterizedTest
  @CsvSource({"10.1.0.0/30,1", "10.1.0.0/24,253", "10.1.0.0/22,1021", "10.1.0.0/16,65533"})
  void everyAddressButNetworkGatewayAndBroadcastIsLeasedOnce(String network, int capacity)
      throws Exception {
    NodePools pools = pools(network);
    assertEquals(capacity, pools.usage().get(0).capacity());
    Set<Cidr> seen = new HashSet<>();
    for (int i = 0; i < capacity; i++) {
      Cidr lease = lease(pools, "pod" + i);
      assertTrue(seen.add(lease), () -> lease + " was leased twice");
      assertTrue(Cidr.parse(network).contains(lease.address()));
    }
    assertFalse(seen.contains(pools.gateways().get(0)));
    PoolExhaustedException e =
        assertThrows(PoolExhaustedException.class, () -> lease(pools, "one more"));
    assertTrue(
        e.getMessage()
            .startsWith("no free address in the pod network " + network + ": " + capacity),
        e.getMessage());
  }

  @Test
  void anIpv6NetworkStartsBehindItsGateway() throws Exception {
    NodePools pools = pools("fd01::/64");
    assertEquals(List.of(Cidr.parse("fd01::1/64")), pools.gateways());
    assertEquals(Cidr.parse("fd01::2/64"), lease(pools, "a"));
    assertEquals(Cidr.parse("fd01::3/64"), lease(pools, "b"));
  }

  @Test
  void aFreedAddressIsTheLastToBeGivenAgain() throws Exception {
    NodePools pools = pools("10.1.0.0/29");
    Cidr first = lease(pools, "a");
    pools.free("a");
    for (int i = 1; i < pools.usage().get(0).capacity(); i++) {
      assertNotEquals(first, lease(pools, "b" + i));
    }
    assertEquals(first, lease(pools, "c"));
  }

  @Test
  void anAddressInQuarantineIsNotGivenBeforeItsLinkIsGone() throws Exception {
    NodePools pools = pools("10.1.0.0/30");
    Cidr only = lease(pools, "a");
    pools.quarantine("a");
    assertThrows(
        PoolExhaustedException.class, () -> pools.lease("b", Set.of(), Duration.ofMillis(20)));
    CompletableFuture<Lease> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return pools.lease("b", Set.of(), Duration.ofSeconds(60));
              } catch (PoolExhaustedException e) {
                throw new IllegalStateException(e);
              }
            });
    pools.free("a");
    assertEquals(List.of(only), waiting.get(60, TimeUnit.SECONDS).addresses());
  }

  @Test
  void adoptedLeasesAreNotGivenAgainAndTheirTurnIsOver() throws Exception {
    NodePools pools = pools("10.1.0.0/24");
    pools.adopt("old", Cidr.address("10.1.0.7"));
    pools.adopt("stranger", Cidr.address("10.9.0.7"));
    assertEquals(Cidr.parse("10.1.0.8/24"), lease(pools, "new"));
    assertEquals(2, pools.usage().get(0).leased());
    InetAddress stolen = Cidr.address("10.1.0.7");
    assertThrows(IllegalStateException.class, () -> pools.adopt("thief", stolen));
  }

  @Test
  void theNodesOwnAddressIsNobodysLease() throws Exception {
    NodePools pools = pools("10.1.0.0/30");
    InetAddress gateway = Cidr.address("10.1.0.1");
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> pools.adopt("old", gateway));
    assertTrue(e.getMessage().contains("it is the node's own"), e.getMessage());
    // Nor does the attempt cost an address.
    assertEquals(Cidr.parse("10.1.0.2/30"), lease(pools, "new"));
  }

  @Test
  void aNetworkWithoutRoomForAPodIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> pools("10.1.0.0/31"));
    assertThrows(IllegalArgumentException.class, () -> pools("fd01::/127"));
  }

  @Test
  void aDualStackPodGetsBothFamiliesOrNone() throws Exception {
    NodePools pools = pools("10.1.0.0/24", "fd01::/126");
    assertEquals(
        new Lease(
            List.of(Cidr.parse("10.1.0.2/24"), Cidr.parse("fd01::2/126")),
            List.of(Cidr.address("10.1.0.1"), Cidr.address("fd01::1"))),
        pools.lease("a", Set.of(), AT_ONCE));
    assertEquals(
        List.of(Cidr.parse("10.1.0.3/24")),
        pools.lease("b", Set.of(IpFamily.IPV4), AT_ONCE).addresses());
    pools.lease("c", Set.of(IpFamily.IPV6), AT_ONCE);
    assertThrows(PoolExhaustedException.class, () -> lease(pools, "d"));
    assertEquals(2, pools.usage().get(0).leased());
  }

  @Test
  void twoNetworksOfOneFamilyAreRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> pools("10.1.0.0/24", "10.2.0.0/24"));
    assertTrue(e.getMessage().contains("10.1.0.0/24 and 10.2.0.0/24"), e.getMessage());
  }

  @Test
  void aLargerNetworkKeepsLeasesAndQuarantineOfTheSmallerOne() throws Exception {
    NodePools pools = pools("10.1.0.0/29");
    lease(pools, "stays");
    Cidr gone = lease(pools, "goes");
    pools.quarantine("goes");
    pools.change(List.of(Cidr.parse("10.1.0.0/28")));
    assertEquals(List.of(new PoolUsage(Cidr.parse("10.1.0.0/28"), 13, 1, 1)), pools.usage());
    for (int i = 0; i < 11; i++) {
      assertNotEquals(gone.address(), lease(pools, "new" + i).address());
    }
    assertThrows(PoolExhaustedException.class, () -> lease(pools, "too early"));
    pools.free("goes");
    assertEquals(gone.address(), lease(pools, "then").address());
  }

  @Test
  void aFamilyMoreLeavesTheOtherOneAsItIs() throws Exception {
    NodePools pools = pools("10.1.0.0/30");
    lease(pools, "a");
    pools.quarantine("a");
    pools.change(List.of(Cidr.parse("10.1.0.0/30"), Cidr.parse("fd01::/64")));
    assertThrows(PoolExhaustedException.class, () -> lease(pools, "b"));
  }

  @Test
  void aNetworkThatComesBackKnowsWhoIsStillInIt() throws Exception {
    NodePools pools = pools("10.1.0.0/24");
    lease(pools, "first");
    pools.change(List.of(Cidr.parse("10.2.0.0/24")));
    assertEquals(Cidr.parse("10.2.0.2/24"), lease(pools, "second"));
    pools.quarantine("first");
    pools.change(List.of(Cidr.parse("10.1.0.0/29")));
    assertEquals(1, pools.usage().get(0).quarantined());
    assertEquals(Cidr.parse("10.1.0.3/29"), lease(pools, "third"));
  }

  @Test
  void aNetworkWhoseFirstAddressAPodHasIsRefused() throws Exception {
    NodePools pools = pools("10.1.0.0/16");
    pools.adopt("old", Cidr.address("10.1.7.1"));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> pools.change(List.of(Cidr.parse("10.1.7.0/24"))));
    assertTrue(e.getMessage().contains("10.1.7.1"), e.getMessage());
    assertEquals(List.of(Cidr.parse("10.1.0.0/16")), pools.networks());
  }

  private static NodePools pools(String... networks) {
    return new NodePools(Stream.of(networks).map(Cidr::parse).toList());
  }

  private static Cidr lease(NodePools pools, String owner) throws PoolExhaustedException {
    return pools.lease(owner, Set.of(), AT_ONCE).addresses().get(0);
  }
}

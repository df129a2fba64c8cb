package io.sandjar.netbridge.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressPoolTest {
  private static final Duration AT_ONCE = Duration.ZERO;

  @ParameterizedTest
  @CsvSource({"10.1.0.0/30,1", "10.1.0.0/24,253", "10.1.0.0/22,1021", "10.1.0.0/16,65533"})
  void everyAddressButNetworkGatewayAndBroadcastIsLeasedOnce(String network, int capacity)
      throws Exception {
    AddressPool pool = new AddressPool(Cidr.parse(network));
    assertEquals(capacity, pool.capacity());
    Set<Cidr> seen = new HashSet<>();
    for (int i = 0; i < capacity; i++) {
      Cidr lease = pool.lease("pod" + i, AT_ONCE);
      assertTrue(seen.add(lease), () -> lease + " was leased twice");
      assertTrue(pool.network().contains(lease.address()));
    }
    assertFalse(seen.contains(pool.gateway()));
    PoolExhaustedException e =
        assertThrows(PoolExhaustedException.class, () -> pool.lease("one more", AT_ONCE));
    assertTrue(
        e.getMessage()
            .startsWith("no free address in the pod network " + network + ": " + capacity),
        e.getMessage());
  }

  @Test
  void anIpv6NetworkStartsBehindItsGateway() throws Exception {
    AddressPool pool = new AddressPool(Cidr.parse("fd01::/64"));
    assertEquals(Cidr.parse("fd01::1/64"), pool.gateway());
    assertEquals(Cidr.parse("fd01::2/64"), pool.lease("a", AT_ONCE));
    assertEquals(Cidr.parse("fd01::3/64"), pool.lease("b", AT_ONCE));
  }

  @Test
  void aFreedAddressIsTheLastToBeGivenAgain() throws Exception {
    AddressPool pool = new AddressPool(Cidr.parse("10.1.0.0/29"));
    Cidr first = pool.lease("a", AT_ONCE);
    pool.free("a");
    for (int i = 1; i < pool.capacity(); i++) {
      assertNotEquals(first, pool.lease("b" + i, AT_ONCE));
    }
    assertEquals(first, pool.lease("c", AT_ONCE));
  }

  @Test
  void anAddressInQuarantineIsNotGivenBeforeItsLinkIsGone() throws Exception {
    AddressPool pool = new AddressPool(Cidr.parse("10.1.0.0/30"));
    Cidr only = pool.lease("a", AT_ONCE);
    pool.quarantine("a");
    assertThrows(PoolExhaustedException.class, () -> pool.lease("b", Duration.ofMillis(20)));
    CompletableFuture<Cidr> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return pool.lease("b", Duration.ofSeconds(10));
              } catch (PoolExhaustedException e) {
                throw new IllegalStateException(e);
              }
            });
    pool.free("a");
    assertEquals(only, waiting.get(10, TimeUnit.SECONDS));
  }

  @Test
  void adoptedLeasesAreNotGivenAgainAndTheirTurnIsOver() throws Exception {
    AddressPool pool = new AddressPool(Cidr.parse("10.1.0.0/24"));
    pool.adopt("old", Cidr.address("10.1.0.7"));
    pool.adopt("stranger", Cidr.address("10.9.0.7"));
    assertEquals(Cidr.parse("10.1.0.8/24"), pool.lease("new", AT_ONCE));
    assertEquals(2, pool.leased());
    assertThrows(IllegalStateException.class, () -> pool.adopt("thief", Cidr.address("10.1.0.7")));
  }

  @Test
  void aNetworkWithoutRoomForAPodIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new AddressPool(Cidr.parse("10.1.0.0/31")));
    assertThrows(IllegalArgumentException.class, () -> new AddressPool(Cidr.parse("fd01::/127")));
  }

  @Test
  void aDualStackPodGetsBothFamiliesOrNone() throws Exception {
    NodePools pools = new NodePools(List.of(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd01::/126")));
    assertEquals(
        List.of(Cidr.parse("10.1.0.2/24"), Cidr.parse("fd01::2/126")),
        pools.lease("a", Set.of(), AT_ONCE));
    assertEquals(
        List.of(Cidr.parse("10.1.0.3/24")), pools.lease("b", Set.of(IpFamily.IPV4), AT_ONCE));
    pools.lease("c", Set.of(IpFamily.IPV6), AT_ONCE);
    assertThrows(PoolExhaustedException.class, () -> pools.lease("d", Set.of(), AT_ONCE));
    assertEquals(2, pools.of(IpFamily.IPV4).orElseThrow().leased());
  }

  @Test
  void twoNetworksOfOneFamilyAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new NodePools(List.of(Cidr.parse("10.1.0.0/24"), Cidr.parse("10.2.0.0/24"))));
    assertTrue(e.getMessage().contains("10.1.0.0/24 and 10.2.0.0/24"), e.getMessage());
  }
}

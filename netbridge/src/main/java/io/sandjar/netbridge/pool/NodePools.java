package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The node's address pools, one for each family that it has, in the order they were given. */
public final class NodePools {
  private final List<AddressPool> pools = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if a family comes twice or a network is too small
   */
  public NodePools(List<Cidr> podCidrs) {
    Map<IpFamily, Cidr> seen = new EnumMap<>(IpFamily.class);
    for (Cidr cidr : podCidrs) {
      Cidr other = seen.put(cidr.family(), cidr);
      if (other != null) {
        throw new IllegalArgumentException(
            "a node has at most one pod network of a family, but got " + other + " and " + cidr);
      }
      pools.add(new AddressPool(cidr));
    }
  }

  public boolean isEmpty() {
    return pools.isEmpty();
  }

  public List<Cidr> networks() {
    return pools.stream().map(AddressPool::network).toList();
  }

  public List<Cidr> gateways() {
    return pools.stream().map(AddressPool::gateway).toList();
  }

  public List<AddressPool> all() {
    return List.copyOf(pools);
  }

  public Optional<AddressPool> of(IpFamily family) {
    return pools.stream().filter(p -> p.network().family() == family).findFirst();
  }

  /**
   * Leases one address of each wanted family, or none at all.
   *
   * @param families those wanted; empty for all that there are
   */
  public List<Cidr> lease(String owner, Set<IpFamily> families, Duration patience)
      throws PoolExhaustedException {
    List<Cidr> leased = new ArrayList<>();
    try {
      for (AddressPool pool : pools) {
        if (families.isEmpty() || families.contains(pool.network().family())) {
          leased.add(pool.lease(owner, patience));
        }
      }
    } catch (PoolExhaustedException | RuntimeException e) {
      free(owner);
      throw e;
    }
    if (leased.isEmpty()) {
      throw new IllegalArgumentException(
          "the node has no pod network of family " + families + ", only " + networks());
    }
    return leased;
  }

  public void adopt(String owner, Collection<InetAddress> addresses) {
    for (InetAddress address : addresses) {
      pools.forEach(pool -> pool.adopt(owner, address));
    }
  }

  public void quarantine(String owner) {
    pools.forEach(pool -> pool.quarantine(owner));
  }

  public void free(String owner) {
    pools.forEach(pool -> pool.free(owner));
  }
}

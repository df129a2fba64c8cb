package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The node's addresses for pods: a pool for each family that it has, in the order they were given.
 * Safe for use by several threads.
 */
public final class NodePools {
  private List<AddressPool> pools = List.of();

  /** Of earlier networks, as long as anybody has an address of theirs. */
  private List<AddressPool> retired = List.of();

  /**
   * @throws IllegalArgumentException if a family comes twice or a network is too small
   */
  public NodePools(List<Cidr> podCidrs) {
    change(podCidrs);
  }

  /**
   * Leases from these networks from now on. What is leased or in quarantine stays so, also where
   * the new networks overlap the earlier ones.
   *
   * @throws IllegalArgumentException if a family comes twice, a network is too small, or its first
   *     address, the node's own, is leased to a sandbox
   */
  public synchronized void change(List<Cidr> podCidrs) {
    Map<IpFamily, Cidr> seen = new EnumMap<>(IpFamily.class);
    List<AddressPool> next = new ArrayList<>();
    for (Cidr cidr : podCidrs) {
      Cidr other = seen.put(cidr.family(), cidr);
      if (other != null) {
        throw new IllegalArgumentException(
            "a node has at most one pod network of a family, but got " + other + " and " + cidr);
      }
      next.add(poolOf(cidr));
    }
    retired = everyPool().filter(p -> !next.contains(p) && !p.isUnused()).toList();
    pools = List.copyOf(next);
    notifyAll();
  }

  private AddressPool poolOf(Cidr cidr) {
    AddressPool pool =
        everyPool()
            .filter(p -> p.network().equals(cidr.network()))
            .findFirst()
            .orElseGet(() -> new AddressPool(cidr));
    try {
      everyPool().filter(p -> p != pool).forEach(pool::adopt);
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(
          cidr + " cannot be the node's pod network: " + e.getMessage(), e);
    }
    return pool;
  }

  private Stream<AddressPool> everyPool() {
    return Stream.concat(pools.stream(), retired.stream());
  }

  public synchronized boolean isEmpty() {
    return pools.isEmpty();
  }

  public synchronized List<Cidr> networks() {
    return pools.stream().map(AddressPool::network).toList();
  }

  /** The node's own address in each of the networks. */
  public synchronized List<Cidr> gateways() {
    return pools.stream().map(AddressPool::gateway).toList();
  }

  public synchronized List<PoolUsage> usage() {
    return pools.stream()
        .map(p -> new PoolUsage(p.network(), p.capacity(), p.leased(), p.inQuarantine()))
        .toList();
  }

  /**
   * Leases one address of each wanted family, or none at all. Where all that are not leased are in
   * quarantine, waits for one.
   *
   * @param families those wanted; empty for all that there are
   * @throws PoolExhaustedException if none gets free in time
   */
  public synchronized Lease lease(String owner, Set<IpFamily> families, Duration patience)
      throws PoolExhaustedException {
    long deadline = System.nanoTime() + patience.toNanos();
    List<AddressPool> wanted = wanted(families);
    Optional<AddressPool> full;
    while ((full = wanted.stream().filter(AddressPool::isFull).findFirst()).isPresent()) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (full.get().inQuarantine() == 0 || millis <= 0) {
        throw exhausted(full.get());
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw exhausted(full.get());
      }
      wanted = wanted(families);
    }
    List<Cidr> addresses = new ArrayList<>();
    List<InetAddress> gateways = new ArrayList<>();
    for (AddressPool pool : wanted) {
      addresses.add(pool.lease(owner));
      gateways.add(pool.gateway().address());
    }
    return new Lease(addresses, gateways);
  }

  private List<AddressPool> wanted(Set<IpFamily> families) {
    List<AddressPool> wanted =
        pools.stream()
            .filter(p -> families.isEmpty() || families.contains(p.network().family()))
            .toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "the node has no pod network of family " + families + ", only " + networks());
    }
    return wanted;
  }

  private static PoolExhaustedException exhausted(AddressPool pool) {
    return new PoolExhaustedException(pool.network(), pool.leased(), pool.inQuarantine());
  }

  /**
   * Takes up a lease that was given earlier; an address of another network is passed over.
   *
   * @throws IllegalStateException if it is somebody else's, or the node's own
   */
  public synchronized void adopt(String owner, InetAddress address) {
    pools.forEach(pool -> pool.adopt(owner, address));
  }

  /** Ends the owner's leases, but keeps the addresses back until {@link #free}. */
  public synchronized void quarantine(String owner) {
    everyPool().forEach(pool -> pool.quarantine(owner));
  }

  /** Frees what the owner has leased or in quarantine. */
  public synchronized void free(String owner) {
    everyPool().forEach(pool -> pool.free(owner));
    retired = retired.stream().filter(p -> !p.isUnused()).toList();
    notifyAll();
  }
}

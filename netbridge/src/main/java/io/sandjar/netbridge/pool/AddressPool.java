package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Hands out the addresses of one network. The first is the gateway's; an address that comes back
 * stays in quarantine until its link is gone, and is given again only after all others had their
 * turn.
 */
public final class AddressPool {
  /** An IPv6 network has more addresses than a node could ever count; this many are enough. */
  private static final long MOST_ADDRESSES = 1L << 48;

  private static final long GATEWAY = 1;

  private final Cidr network;
  private final long first = GATEWAY + 1;
  private final long last;
  private final Map<String, Long> leases = new HashMap<>();
  private final Map<String, Set<Long>> quarantine = new HashMap<>();
  private final Set<Long> taken = new HashSet<>();
  private long next = first;

  /**
   * @throws IllegalArgumentException if the network is too small for a gateway and a pod
   */
  public AddressPool(Cidr network) {
    this.network = network.network();
    long size = this.network.size().min(BigInteger.valueOf(MOST_ADDRESSES)).longValue();
    // The highest IPv4 address is the broadcast address; IPv6 has none.
    this.last = network.family() == IpFamily.IPV4 ? size - 2 : size - 1;
    if (last < first) {
      throw new IllegalArgumentException(
          this.network + " is too small: it has no address for a pod besides the gateway's");
    }
  }

  public Cidr network() {
    return network;
  }

  /** The node's own address in the network, with its prefix. */
  public Cidr gateway() {
    return new Cidr(network.at(GATEWAY), network.prefix());
  }

  /**
   * Leases an address. Where all that are not leased are in quarantine, waits for one.
   *
   * @throws PoolExhaustedException if none gets free in time
   */
  public synchronized Cidr lease(String owner, Duration patience) throws PoolExhaustedException {
    if (leases.containsKey(owner)) {
      throw new IllegalStateException(owner + " already has an address of " + network);
    }
    long deadline = System.nanoTime() + patience.toNanos();
    while (taken.size() >= last - first + 1) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (quarantine.isEmpty() || millis <= 0) {
        throw new PoolExhaustedException(network, leases.size(), inQuarantine());
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PoolExhaustedException(network, leases.size(), inQuarantine());
      }
    }
    while (taken.contains(next)) {
      advance();
    }
    long offset = next;
    advance();
    taken.add(offset);
    leases.put(owner, offset);
    return new Cidr(network.at(offset), network.prefix());
  }

  /**
   * Takes up a lease that was given earlier. Addresses of other networks are none of this pool's.
   *
   * @throws IllegalStateException if somebody else has it
   */
  public synchronized void adopt(String owner, InetAddress address) {
    if (!network.contains(address)) {
      return;
    }
    BigInteger distance = network.offsetOf(address);
    if (distance.compareTo(BigInteger.valueOf(last)) > 0) {
      return;
    }
    long offset = distance.longValue();
    Long own = leases.get(owner);
    if (own != null && own == offset) {
      return;
    }
    if (own != null || !taken.add(offset)) {
      throw new IllegalStateException(
          Cidr.text(address) + " cannot be leased to " + owner + ": it is taken");
    }
    leases.put(owner, offset);
    // Whoever was here before the restart counts as a turn: go on behind him.
    next = Math.max(next, offset);
    advance();
  }

  /** Ends the owner's lease, but keeps the address back until {@link #free}. */
  public synchronized void quarantine(String owner) {
    Long offset = leases.remove(owner);
    if (offset != null) {
      quarantine.computeIfAbsent(owner, o -> new HashSet<>()).add(offset);
    }
  }

  /** Frees what the owner has leased or in quarantine. */
  public synchronized void free(String owner) {
    quarantine(owner);
    Set<Long> offsets = quarantine.remove(owner);
    if (offsets != null) {
      taken.removeAll(offsets);
      notifyAll();
    }
  }

  public synchronized int leased() {
    return leases.size();
  }

  public synchronized int inQuarantine() {
    return quarantine.values().stream().mapToInt(Set::size).sum();
  }

  /** How many addresses there are for pods. */
  public long capacity() {
    return last - first + 1;
  }

  private void advance() {
    next = next >= last ? first : next + 1;
  }
}

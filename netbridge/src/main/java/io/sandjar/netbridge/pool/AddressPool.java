package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The addresses of one network. The first is the gateway's; an address that comes back stays in
 * quarantine until its link is gone, and is given again only after all others had their turn. Not
 * safe for use by several threads: {@link NodePools} is.
 */
final class AddressPool {
  /** An IPv6 network has more addresses than a node could ever count; this many are enough. */
  private static final long MOST_ADDRESSES = 1L << 48;

  private static final long GATEWAY = 1;
  private static final long FIRST = GATEWAY + 1;

  private final Cidr network;
  private final long last;
  private final Map<String, Long> leases = new HashMap<>();
  private final Map<String, Set<Long>> quarantine = new HashMap<>();
  private final Set<Long> taken = new HashSet<>();
  private long next = FIRST;

  /**
   * @throws IllegalArgumentException if the network is too small for a gateway and a pod
   */
  AddressPool(Cidr network) {
    this.network = network.network();
    long size = this.network.size().min(BigInteger.valueOf(MOST_ADDRESSES)).longValue();
    // The highest IPv4 address is the broadcast address; IPv6 has none.
    this.last = network.family() == IpFamily.IPV4 ? size - 2 : size - 1;
    if (last < FIRST) {
      throw new IllegalArgumentException(
          this.network + " is too small: it has no address for a pod besides the gateway's");
    }
  }

  Cidr network() {
    return network;
  }

  /** The node's own address in the network, with its prefix. */
  Cidr gateway() {
    return new Cidr(network.at(GATEWAY), network.prefix());
  }

  boolean isFull() {
    return taken.size() >= capacity();
  }

  /** Whether nobody leases an address, and none waits for its link to vanish. */
  boolean isUnused() {
    return taken.isEmpty();
  }

  /** Leases an address of a pool that is not full. */
  Cidr lease(String owner) {
    if (leases.containsKey(owner)) {
      throw new IllegalStateException(owner + " already has an address of " + network);
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
   * @throws IllegalStateException if somebody else has it, or it is the node's own
   */
  void adopt(String owner, InetAddress address) {
    if (!holds(address)) {
      return;
    }
    long offset = network.offsetOf(address).longValue();
    Long own = leases.get(owner);
    if (own != null && own == offset) {
      return;
    }
    if (offset < FIRST) {
      throw new IllegalStateException(
          Cidr.text(address)
              + " cannot be leased to "
              + owner
              + ": in the pod network "
              + network
              + " it is the node's own");
    }
    if (own != null || !taken.add(offset)) {
      throw new IllegalStateException(
          Cidr.text(address) + " cannot be leased to " + owner + ": it is taken");
    }
    leases.put(owner, offset);
    if (offset >= next) {
      // Whoever was here before the restart counts as a turn: go on behind him.
      next = offset;
      advance();
    }
  }

  /**
   * Takes over the leases, and what is in quarantine, of an earlier pool that this one overlaps.
   */
  void adopt(AddressPool earlier) {
    earlier.leases.forEach((owner, offset) -> adopt(owner, earlier.network.at(offset)));
    earlier.quarantine.forEach(
        (owner, offsets) -> {
          for (long offset : offsets) {
            keepBack(owner, earlier.network.at(offset));
          }
        });
  }

  private void keepBack(String owner, InetAddress address) {
    if (holds(address)) {
      long offset = network.offsetOf(address).longValue();
      if (offset >= FIRST && taken.add(offset)) {
        quarantine.computeIfAbsent(owner, o -> new HashSet<>()).add(offset);
      }
    }
  }

  private boolean holds(InetAddress address) {
    return network.contains(address)
        && network.offsetOf(address).compareTo(BigInteger.valueOf(last)) <= 0;
  }

  /** Ends the owner's lease, but keeps the address back until {@link #free}. */
  void quarantine(String owner) {
    Long offset = leases.remove(owner);
    if (offset != null) {
      quarantine.computeIfAbsent(owner, o -> new HashSet<>()).add(offset);
    }
  }

  /** Frees what the owner has leased or in quarantine. */
  void free(String owner) {
    quarantine(owner);
    Set<Long> offsets = quarantine.remove(owner);
    if (offsets != null) {
      taken.removeAll(offsets);
    }
  }

  int leased() {
    return leases.size();
  }

  int inQuarantine() {
    return quarantine.values().stream().mapToInt(Set::size).sum();
  }

  /** How many addresses there are for pods. */
  long capacity() {
    return last - FIRST + 1;
  }

  private void advance() {
    next = next >= last ? FIRST : next + 1;
  }
}

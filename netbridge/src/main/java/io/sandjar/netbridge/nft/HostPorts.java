package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which sandbox has which host ports, and how they look as elements of the table's maps. */
final class HostPorts {

  /**
   * A sandbox's ports.
   *
   * @param addresses empty while the ports are claimed but not open
   */
  record Claim(
      String sandboxId, String pod, List<PortMapping> mappings, List<InetAddress> addresses) {
    boolean isOpen() {
      return !addresses.isEmpty();
    }
  }

  private record Port(PortMapping.Protocol protocol, int number) {
    static Port of(PortMapping mapping) {
      return new Port(mapping.protocol(), mapping.hostPort());
    }
  }

  private record Owner(PortMapping mapping, Claim claim) {}

  private static final InetAddress LOOPBACK6 = Cidr.address("::1");

  private final Map<String, Claim> claims = new LinkedHashMap<>();
  private final Map<Port, List<Owner>> owners = new LinkedHashMap<>();

  /**
   * Reserves all of the ports or none; a second claim of a sandbox replaces its first.
   *
   * @throws IllegalArgumentException if one can lead nowhere
   */
  void claim(String sandboxId, String pod, List<PortMapping> mappings)
      throws HostPortConflictException {
    mappings.forEach(mapping -> refuseLoopback6(mapping, pod));
    put(new Claim(sandboxId, pod, List.copyOf(mappings), List.of()));
  }

  private static void refuseLoopback6(PortMapping mapping, String pod) {
    if (!mapping.hostIp().isEmpty() && Cidr.address(mapping.hostIp()).equals(LOOPBACK6)) {
      throw new IllegalArgumentException(
          "host port "
              + mapping
              + " of pod "
              + pod
              + " cannot work: Linux routes nothing from ::1 to a pod; use 127.0.0.1, an address of"
              + " the node, or no hostIP");
    }
  }

  /** The claim with the addresses that its ports lead to, not yet kept. */
  Optional<Claim> opened(String sandboxId, List<InetAddress> addresses) {
    return Optional.ofNullable(claims.get(sandboxId))
        .map(claim -> new Claim(sandboxId, claim.pod(), claim.mappings(), List.copyOf(addresses)));
  }

  void put(Claim claim) throws HostPortConflictException {
    List<PortMapping> seen = new ArrayList<>();
    for (PortMapping wanted : claim.mappings()) {
      for (PortMapping own : seen) {
        if (Port.of(own).equals(Port.of(wanted)) && meet(own, wanted)) {
          throw new HostPortConflictException(wanted, claim.pod(), own, claim.pod());
        }
      }
      seen.add(wanted);
      for (Owner owner : owners.getOrDefault(Port.of(wanted), List.of())) {
        if (!owner.claim().sandboxId().equals(claim.sandboxId()) && meet(owner.mapping(), wanted)) {
          throw new HostPortConflictException(
              wanted, claim.pod(), owner.mapping(), owner.claim().pod());
        }
      }
    }
    release(claim.sandboxId());
    claims.put(claim.sandboxId(), claim);
    for (PortMapping mapping : claim.mappings()) {
      owners
          .computeIfAbsent(Port.of(mapping), port -> new ArrayList<>())
          .add(new Owner(mapping, claim));
    }
  }

  Optional<Claim> release(String sandboxId) {
    Claim claim = claims.remove(sandboxId);
    if (claim != null) {
      for (PortMapping mapping : claim.mappings()) {
        Port port = Port.of(mapping);
        List<Owner> left = owners.get(port);
        left.removeIf(owner -> owner.claim().sandboxId().equals(sandboxId));
        if (left.isEmpty()) {
          owners.remove(port);
        }
      }
    }
    return Optional.ofNullable(claim);
  }

  Collection<Claim> all() {
    return List.copyOf(claims.values());
  }

  /** All open ports as elements of the maps that they belong into. */
  Map<NftSet, List<SetElement>> elements(PodTable table) {
    Map<NftSet, List<SetElement>> elements = new LinkedHashMap<>();
    for (Claim claim : claims.values()) {
      elements(table, claim)
          .forEach(
              (map, some) -> elements.computeIfAbsent(map, key -> new ArrayList<>()).addAll(some));
    }
    return elements;
  }

  /** A claim's open ports as elements; of several addresses of a family the first counts. */
  static Map<NftSet, List<SetElement>> elements(PodTable table, Claim claim) {
    Map<NftSet, List<SetElement>> elements = new LinkedHashMap<>();
    for (PortMapping mapping : claim.mappings()) {
      for (IpFamily family : families(mapping)) {
        Optional<InetAddress> pod =
            claim.addresses().stream().filter(a -> IpFamily.of(a) == family).findFirst();
        if (pod.isPresent()) {
          boolean onOneAddress = !isWildcard(mapping);
          NftSet map = table.portMap(family, onOneAddress);
          Integer protocol = mapping.protocol().number();
          byte[] key =
              onOneAddress
                  ? map.key().encode(Cidr.address(mapping.hostIp()), protocol, mapping.hostPort())
                  : map.key().encode(protocol, mapping.hostPort());
          byte[] value = map.data().encode(pod.get(), mapping.containerPort());
          elements
              .computeIfAbsent(map, any -> new ArrayList<>())
              .add(SetElement.entry(key, value, claim.pod()));
        }
      }
    }
    return elements;
  }

  /** The families on which the node answers at this port. */
  static Set<IpFamily> families(PortMapping mapping) {
    return mapping.hostIp().isEmpty()
        ? EnumSet.allOf(IpFamily.class)
        : EnumSet.of(IpFamily.of(Cidr.address(mapping.hostIp())));
  }

  /** Without a host address, or with the unspecified one, a port is open on all addresses. */
  static boolean isWildcard(PortMapping mapping) {
    return mapping.hostIp().isEmpty() || Cidr.address(mapping.hostIp()).isAnyLocalAddress();
  }

  /** Whether two mappings of the same port want it on the same address. */
  private static boolean meet(PortMapping one, PortMapping other) {
    Set<IpFamily> common = families(one);
    common.retainAll(families(other));
    if (common.isEmpty()) {
      return false;
    }
    return isWildcard(one)
        || isWildcard(other)
        || Cidr.address(one.hostIp()).equals(Cidr.address(other.hostIp()));
  }
}

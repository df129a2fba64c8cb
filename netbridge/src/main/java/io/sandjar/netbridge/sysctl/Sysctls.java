package io.sandjar.netbridge.sysctl;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Sets the kernel settings that pod networking needs, and reports each. They are those of the
 * calling thread's network namespace. One that cannot be set is reported, not thrown: a node may
 * have them set from outside and /proc/sys read-only.
 */
public final class Sysctls {
  private static final String IPV4_FORWARDING = "net.ipv4.ip_forward";
  private static final String IPV6_FORWARDING = "net.ipv6.conf.all.forwarding";
  private static final Set<String> NOT_LINKS = Set.of("all", "default", "lo");

  private final Path procSys;

  /**
   * @param procSys {@code /proc/sys}
   */
  public Sysctls(Path procSys) {
    this.procSys = procSys;
  }

  /**
   * What a node with this bridge needs: forwarding; the loopback's addresses routed on the bridge,
   * for host ports on 127.0.0.1; and, where the kernel has br_netfilter, bridged packets shown to
   * the packet filter, as services' addresses within one bridge need it.
   */
  public List<Sysctl> forNode(String bridge, boolean ipv4, boolean ipv6) throws IOException {
    List<Sysctl> report = new ArrayList<>();
    if (ipv4) {
      report.add(set(IPV4_FORWARDING, "1"));
      report.add(set("net.ipv4.conf." + bridge + ".route_localnet", "1"));
      ifThere("net.bridge.bridge-nf-call-iptables", report);
    }
    if (ipv6) {
      keepRouterAdvertisements(bridge, report);
      report.add(set(IPV6_FORWARDING, "1"));
      ifThere("net.bridge.bridge-nf-call-ip6tables", report);
    }
    return report;
  }

  /** Why the node sends no pod's packets on, if it does not. */
  public Optional<String> whyNotForwarding(boolean ipv4, boolean ipv6) throws IOException {
    List<String> needed = new ArrayList<>();
    if (ipv4) {
      needed.add(IPV4_FORWARDING);
    }
    if (ipv6) {
      needed.add(IPV6_FORWARDING);
    }
    for (String name : needed) {
      String value = Files.exists(file(name)) ? read(name) : "absent";
      if (!value.equals("1")) {
        return Optional.of(
            "the node forwards no packets of pods: " + name + " is " + value + ", and must be 1");
      }
    }
    return Optional.empty();
  }

  private void ifThere(String name, List<Sysctl> report) throws IOException {
    if (Files.exists(file(name))) {
      report.add(set(name, "1"));
    }
  }

  /**
   * A node that forwards stops listening to routers' advertisements, and would lose the default
   * route that it has from one; 2 says that it shall listen all the same.
   */
  private void keepRouterAdvertisements(String bridge, List<Sysctl> report) throws IOException {
    Path conf = procSys.resolve("net/ipv6/conf");
    if (!Files.isDirectory(conf) || read(IPV6_FORWARDING).equals("1")) {
      return;
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(conf)) {
      for (Path link : links) {
        String name = link.getFileName().toString();
        // In a sysctl's name a dot of a link's name (a VLAN's) is written as a slash.
        String acceptRa = "net.ipv6.conf." + name.replace('.', '/') + ".accept_ra";
        if (!NOT_LINKS.contains(name) && !name.equals(bridge) && read(acceptRa).equals("1")) {
          report.add(set(acceptRa, "2"));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private Sysctl set(String name, String wanted) throws IOException {
    if (!Files.exists(file(name))) {
      return new Sysctl(name, "absent", "absent", "this kernel does not have it");
    }
    String before = read(name);
    if (before.equals(wanted)) {
      return new Sysctl(name, before, before, "");
    }
    try {
      Files.writeString(file(name), wanted);
    } catch (IOException e) {
      return new Sysctl(
          name, before, before, "should be " + wanted + " but cannot be set: " + e.getMessage());
    }
    return new Sysctl(name, before, read(name), "");
  }

  private String read(String name) throws IOException {
    return Files.readString(file(name)).strip();
  }

  /** Dots separate folders; a slash stands for a dot within one. */
  private Path file(String name) {
    return procSys.resolve(name.replace('.', '\n').replace('/', '.').replace('\n', '/'));
  }
}

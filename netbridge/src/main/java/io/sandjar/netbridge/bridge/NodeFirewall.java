package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PortMapping;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/** What the bridge network needs of the node's packet filter: masquerading and host ports. */
public interface NodeFirewall extends AutoCloseable {

  /**
   * What the rules depend on.
   *
   * @param bridge the bridge's name
   * @param podCidrs this node's pod networks
   * @param clusterCidrs where traffic keeps its source address: every node's pods
   */
  record Settings(String bridge, List<Cidr> podCidrs, List<Cidr> clusterCidrs) {
    public Settings {
      podCidrs = List.copyOf(podCidrs);
      clusterCidrs = List.copyOf(clusterCidrs);
    }
  }

  /** Creates the rules or brings them to these settings, keeping the host ports that are open. */
  void apply(Settings settings) throws IOException;

  /** Whether the rules are as this object left them; false asks for {@link #repair}. */
  boolean intact() throws IOException;

  /** Puts the rules back whole, with these sandboxes' host ports and nobody else's. */
  void repair(Collection<Attachment> attached) throws IOException;

  /**
   * Opens host ports, all or none.
   *
   * @throws IOException that names the port and its owner if one is already taken
   */
  void open(String sandboxId, List<InetAddress> podAddresses, List<PortMapping> mappings)
      throws IOException;

  /** Closes the sandbox's host ports, if it has any, and forgets connections that used them. */
  void close(String sandboxId) throws IOException;

  /** What hinders traffic and is not this object's to change, in sentences. */
  List<String> warnings();

  @Override
  void close();
}

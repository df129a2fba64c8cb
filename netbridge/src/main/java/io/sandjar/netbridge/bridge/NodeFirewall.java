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

  /** Puts the rules back if somebody changed them; true if it had to. Cheap if nobody did. */
  boolean repair() throws IOException;

  /** Exactly these sandboxes' host ports are open afterwards. */
  void reconcile(Collection<Attachment> attached) throws IOException;

  /**
   * Reserves host ports before anything of the sandbox is made, all or none.
   *
   * @param pod {@code namespace/name}, for the message to the next one who wants the port
   * @throws IOException that names the port and both pods if one is already taken
   * @throws IllegalArgumentException if one can lead nowhere
   */
  void claim(String sandboxId, String pod, List<PortMapping> mappings) throws IOException;

  /** Opens the claimed host ports, all or none, now that the pod's addresses are known. */
  void open(String sandboxId, List<InetAddress> podAddresses) throws IOException;

  /** Closes the sandbox's host ports, claimed or open; that it has none is no error. */
  void close(String sandboxId) throws IOException;

  /** What hinders traffic and is not this object's to change, in sentences. */
  List<String> warnings();

  @Override
  void close();
}

package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bridge.NodeFirewall;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.HostPorts.Claim;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps the node's one nftables table: made in one transaction, a host port opened by one element,
 * and put back whole when somebody altered it. Other tables are never touched.
 */
public final class NftFirewall implements NodeFirewall {
  private static final Logger LOG = System.getLogger(NftFirewall.class.getName());

  private final NetworkNamespace node;
  private final Nftables nft;
  private final Conntrack conntrack;
  private final PodTable table;
  private final HostPorts ports = new HostPorts();
  private Settings settings;
  private Fingerprint fingerprint;
  private Optional<Integer> intactAt = Optional.empty();

  /**
   * @param node the namespace of the bridge; must stay open as long as this object
   * @param tableName the table in family inet that belongs to this object alone
   */
  public NftFirewall(NetworkNamespace node, String tableName) throws IOException {
    this.node = node;
    this.table = new PodTable(tableName);
    this.nft = Nftables.in(node);
    try {
      this.conntrack = new Conntrack(node);
    } catch (IOException | RuntimeException e) {
      nft.close();
      throw e;
    }
  }

  @Override
  public synchronized void apply(Settings wanted) throws IOException {
    settings = wanted;
    replaceTable();
  }

  /** Deleting and adding in one transaction leaves no moment without rules. */
  private void replaceTable() throws IOException {
    Batch batch = new Batch().add(table.table()).delete(table.table());
    table.create(batch, settings.bridge(), settings.podCidrs(), clusterCidrs());
    ports.elements(table).forEach(batch::add);
    int before = nft.generation();
    nft.commit(batch);
    fingerprint = Fingerprint.of(nft, table);
    intactAt = untouchedSince(before);
  }

  /** The generation now, if our own commit was the only one since that one. */
  private Optional<Integer> untouchedSince(int before) throws IOException {
    int now = nft.generation();
    return now == before + 1 ? Optional.of(now) : Optional.empty();
  }

  /** A node's own pods are part of the cluster, whatever else is. */
  private Collection<Cidr> clusterCidrs() {
    Set<Cidr> all = new HashSet<>(settings.clusterCidrs());
    all.addAll(settings.podCidrs());
    return all;
  }

  @Override
  public synchronized boolean repair() throws IOException {
    if (settings == null) {
      return false;
    }
    int generation = nft.generation();
    if (intactAt.isPresent() && intactAt.get() == generation) {
      return false;
    }
    if (isIntact()) {
      intactAt = Optional.of(generation);
      return false;
    }
    LOG.log(Level.WARNING, "{0} was altered by somebody; putting it back", table.table());
    replaceTable();
    return true;
  }

  private boolean isIntact() throws IOException {
    if (!Fingerprint.of(nft, table).equals(fingerprint)) {
      return false;
    }
    Map<NftSet, List<SetElement>> wanted = ports.elements(table);
    for (NftSet map : table.portMaps()) {
      if (!signatures(nft.elements(table.table(), map.name()))
          .equals(signatures(wanted.getOrDefault(map, List.of())))) {
        return false;
      }
    }
    return true;
  }

  private static Set<String> signatures(List<SetElement> elements) {
    return elements.stream().map(SetElement::signature).collect(Collectors.toSet());
  }

  @Override
  public synchronized void reconcile(Collection<Attachment> attached) throws IOException {
    ports.all().forEach(claim -> ports.release(claim.sandboxId()));
    for (Attachment each : attached) {
      List<InetAddress> addresses = each.addresses().stream().map(Cidr::address).toList();
      String pod = each.podNamespace() + "/" + each.podName();
      try {
        ports.put(new Claim(each.sandboxId(), pod, each.portMappings(), addresses));
      } catch (HostPortConflictException e) {
        // Both run already, so the first keeps the port and the node comes up.
        LOG.log(Level.WARNING, "a host port stays closed: {0}", e.getMessage());
      }
    }
    if (settings != null) {
      replaceTable();
    }
  }

  @Override
  public synchronized void claim(String sandboxId, String pod, List<PortMapping> mappings)
      throws IOException {
    if (!mappings.isEmpty()) {
      ports.claim(sandboxId, pod, mappings);
    }
  }

  @Override
  public void open(String sandboxId, List<InetAddress> podAddresses) throws IOException {
    Claim claim;
    synchronized (this) {
      Optional<Claim> claimed = ports.opened(sandboxId, podAddresses);
      if (claimed.isEmpty()) {
        return;
      }
      claim = claimed.get();
      requireFamilies(claim);
      Batch batch = new Batch();
      HostPorts.elements(table, claim).forEach(batch::add);
      ports.put(claim);
      commitOrReplace(batch);
    }
    forgetBefore(claim);
  }

  private static void requireFamilies(Claim claim) throws IOException {
    for (PortMapping mapping : claim.mappings()) {
      if (claim.addresses().stream()
          .noneMatch(address -> HostPorts.families(mapping).contains(IpFamily.of(address)))) {
        throw new IOException(
            "host port "
                + mapping
                + " of pod "
                + claim.pod()
                + ": the pod has no address of that family, only "
                + claim.addresses().stream().map(InetAddress::getHostAddress).toList());
      }
    }
  }

  @Override
  public void close(String sandboxId) throws IOException {
    Optional<Claim> released;
    synchronized (this) {
      released = ports.release(sandboxId);
      if (released.isPresent() && released.get().isOpen()) {
        Batch batch = new Batch();
        HostPorts.elements(table, released.get()).forEach(batch::delete);
        commitOrReplace(batch);
      }
    }
    if (released.isPresent() && released.get().isOpen()) {
      forgetAfter(released.get());
    }
  }

  /** Where the table was altered so that a small change fails, all of it is put back. */
  private void commitOrReplace(Batch batch) throws IOException {
    if (settings == null) {
      return;
    }
    try {
      int before = nft.generation();
      boolean intact = intactAt.isPresent() && intactAt.get() == before;
      // Until the change is known to be in the table, a check must not take the table for right.
      intactAt = Optional.empty();
      nft.commit(batch);
      intactAt = intact ? untouchedSince(before) : Optional.empty();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0}; putting back {1}", e.getMessage(), table.table());
      try {
        replaceTable();
      } catch (IOException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  /** A client that sent before the port was open must be led to the pod now. */
  private void forgetBefore(Claim claim) throws IOException {
    List<PortMapping> udp = udp(claim);
    if (udp.isEmpty()) {
      return;
    }
    Set<InetAddress> own = new HashSet<>();
    try (Rtnl rtnl = Rtnl.in(node)) {
      for (LinkAddress address : rtnl.addresses()) {
        own.add(address.address().address());
      }
    }
    for (PortMapping mapping : udp) {
      for (IpFamily family : HostPorts.families(mapping)) {
        conntrack.forgetUdp(
            family,
            mapping.hostPort(),
            entry ->
                (own.contains(entry.destination()) || entry.destination().isLoopbackAddress())
                    && !claim.addresses().contains(entry.answering()));
      }
    }
  }

  /** A client that goes on sending must not be led to an address that another pod may get. */
  private void forgetAfter(Claim claim) throws IOException {
    for (PortMapping mapping : udp(claim)) {
      for (IpFamily family : HostPorts.families(mapping)) {
        conntrack.forgetUdp(
            family,
            mapping.hostPort(),
            entry ->
                claim.addresses().contains(entry.answering())
                    && entry.answeringPort() == mapping.containerPort());
      }
    }
  }

  private static List<PortMapping> udp(Claim claim) {
    return claim.mappings().stream()
        .filter(mapping -> mapping.protocol() == PortMapping.Protocol.UDP)
        .toList();
  }

  @Override
  public List<String> warnings() {
    Settings current;
    synchronized (this) {
      current = settings;
    }
    if (current == null) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>();
    try {
      warnings.addAll(ForwardPolicy.warnings(nft, table.table(), current.bridge()));
      warnings.addAll(node.call(() -> LegacyIptables.warnings(current.bridge())));
    } catch (IOException e) {
      warnings.add("whether other rules drop the pods' packets is unknown: " + e.getMessage());
    }
    return warnings;
  }

  /** Removes the table and with it every rule that this object made. */
  public synchronized void uninstall() throws IOException {
    settings = null;
    nft.commit(new Batch().add(table.table()).delete(table.table()));
  }

  @Override
  public void close() {
    nft.close();
    conntrack.close();
  }
}

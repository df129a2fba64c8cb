package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The other nodes, from the config, from a watched file and from run time. Two nodes never have
 * overlapping pod networks here: the second is refused, with both names.
 */
public final class PeerTable {
  private final String ownName;
  private final Optional<PeerFile> runtimePeers;
  private final Map<Peer.Source, List<Peer>> bySource = new EnumMap<>(Peer.Source.class);
  private final Map<Peer.Source, List<String>> problems = new EnumMap<>(Peer.Source.class);
  private List<Cidr> ownCidrs = List.of();
  private Runnable changed = () -> {};

  /**
   * @param ownName this node's name
   * @param runtimePeers where peers that are added at run time outlive the process, if anywhere
   */
  public PeerTable(String ownName, List<Peer> config, Optional<PeerFile> runtimePeers)
      throws IOException {
    this.ownName = ownName;
    this.runtimePeers = runtimePeers;
    for (Peer.Source source : Peer.Source.values()) {
      bySource.put(source, List.of());
      problems.put(source, List.of());
    }
    for (Peer peer : config) {
      refuseConflict(peer);
      append(peer);
    }
    if (runtimePeers.isPresent()) {
      replace(Peer.Source.RUNTIME, runtime());
    }
  }

  public String ownName() {
    return ownName;
  }

  /** Called after each change, outside any lock of this object. */
  public synchronized void onChange(Runnable listener) {
    changed = listener;
  }

  /**
   * Says what this node's own pod networks are.
   *
   * @throws PeerConflictException if one overlaps a peer's
   */
  public synchronized void ownCidrs(List<Cidr> cidrs) {
    for (Peer peer : all()) {
      refuseOverlap(peer.name(), peer.podCidrs(), ownName, cidrs);
    }
    ownCidrs = List.copyOf(cidrs);
  }

  /** Takes what a file says now; peers of it that conflict are left out and reported. */
  public void replaceFromFile(PeerFile.Content content) {
    Runnable listener;
    synchronized (this) {
      replace(Peer.Source.FILE, content);
      listener = changed;
    }
    listener.run();
  }

  /**
   * Adds a peer at run time, or replaces one that was added so.
   *
   * @throws PeerConflictException if its name or one of its networks is taken
   */
  public void add(Peer peer) throws IOException {
    Runnable listener;
    synchronized (this) {
      PeerFile.Content before = runtime();
      replace(Peer.Source.RUNTIME, before.without(peer.name()));
      try {
        refuseConflict(peer);
        if (runtimePeers.isPresent()) {
          runtimePeers.get().put(peer);
          replace(Peer.Source.RUNTIME, runtime());
        } else {
          append(new Peer(peer.name(), peer.podCidrs(), peer.nodeAddresses(), Peer.Source.RUNTIME));
        }
      } catch (PeerConflictException | IOException e) {
        replace(Peer.Source.RUNTIME, before);
        throw e;
      }
      listener = changed;
    }
    listener.run();
  }

  /**
   * Removes a peer that was added at run time.
   *
   * @return whether there was one
   * @throws IllegalArgumentException if the peer comes from elsewhere
   */
  public boolean remove(String name) throws IOException {
    Runnable listener;
    synchronized (this) {
      Optional<Peer> peer = all().stream().filter(p -> p.name().equals(name)).findFirst();
      if (peer.isPresent() && peer.get().source() != Peer.Source.RUNTIME) {
        throw new IllegalArgumentException(
            "node "
                + name
                + " was not added at run time: remove it from the "
                + (peer.get().source() == Peer.Source.FILE ? "peers file" : "config"));
      }
      PeerFile.Content before = runtime();
      // Also one that the file names, but that makes no sense or was refused.
      boolean named = runtimePeers.isPresent() && runtimePeers.get().remove(name);
      if (!named && peer.isEmpty()) {
        return false;
      }
      replace(Peer.Source.RUNTIME, runtimePeers.isPresent() ? runtime() : before.without(name));
      listener = changed;
    }
    listener.run();
    return true;
  }

  public synchronized List<Peer> all() {
    return bySource.values().stream().flatMap(List::stream).toList();
  }

  /** What was refused from files, in sentences. */
  public synchronized List<String> problems() {
    return problems.values().stream().flatMap(List::stream).toList();
  }

  /** What was added at run time, also by somebody who wrote into the file. */
  private PeerFile.Content runtime() throws IOException {
    return runtimePeers.isPresent()
        ? runtimePeers.get().read()
        : new PeerFile.Content(bySource.get(Peer.Source.RUNTIME), List.of());
  }

  private void replace(Peer.Source source, PeerFile.Content content) {
    List<String> refused = new ArrayList<>(content.problems());
    bySource.put(source, List.of());
    for (Peer peer : content.peers()) {
      try {
        refuseConflict(peer);
        append(peer);
      } catch (PeerConflictException e) {
        refused.add(e.getMessage());
      }
    }
    problems.put(source, refused);
  }

  private void append(Peer peer) {
    List<Peer> longer = new ArrayList<>(bySource.get(peer.source()));
    longer.add(peer);
    bySource.put(peer.source(), longer);
  }

  private void refuseConflict(Peer peer) {
    if (peer.name().equals(ownName)) {
      throw new PeerConflictException("node " + ownName + " cannot be its own peer");
    }
    refuseOverlap(peer.name(), peer.podCidrs(), ownName, ownCidrs);
    for (Peer other : all()) {
      if (other.name().equals(peer.name())) {
        throw new PeerConflictException(
            "there is a node " + peer.name() + " already, from " + other.source());
      }
      refuseOverlap(peer.name(), peer.podCidrs(), other.name(), other.podCidrs());
    }
  }

  private static void refuseOverlap(
      String name, List<Cidr> cidrs, String otherName, List<Cidr> others) {
    for (Cidr cidr : cidrs) {
      for (Cidr other : others) {
        if (cidr.overlaps(other)) {
          throw new PeerConflictException(
              "pod network "
                  + cidr
                  + " of node "
                  + name
                  + " overlaps "
                  + other
                  + " of node "
                  + otherName);
        }
      }
    }
  }
}

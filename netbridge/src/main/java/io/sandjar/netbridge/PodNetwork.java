package io.sandjar.netbridge;

import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * A network that sandboxes can be attached to: the bridge of this node, or CNI plugins. Safe for
 * use by several threads; calls for one sandbox come one after the other.
 */
public interface PodNetwork extends AutoCloseable {

  /**
   * Keeps host ports for a sandbox before anything of it is made; {@link #attach} opens them, and
   * {@link #discard} gives them back.
   *
   * @throws IOException that names the port and both pods if one is already taken
   */
  void reserve(String sandboxId, AttachRequest.Pod pod, List<PortMapping> ports) throws IOException;

  /**
   * Gives the sandbox's namespace its interface, addresses, routes and host ports, and binds the
   * namespace to a file. Either all of it is there afterwards, or nothing and an exception.
   */
  Attachment attach(AttachRequest request) throws IOException;

  /**
   * Takes the sandbox off the network. Returns at once: what the kernel does slowly goes on behind
   * it, and the addresses are not given out before it is over. Detaching twice, or what was only
   * half attached, is no error.
   */
  void detach(Attachment attachment) throws IOException;

  /**
   * Takes off the network what an {@link #attach} that never returned may have left, knowing only
   * the sandbox's id. Nothing to do is no error.
   */
  void discard(String sandboxId) throws IOException;

  /**
   * Brings the network to where exactly these sandboxes are attached: the others' remains are
   * removed and what is missing of these is put back. To be called once at start, before the first
   * attach; never while one is under way, whose link would be taken for a remain.
   */
  void reconcile(Collection<Attachment> live) throws IOException;

  /** The network as this node sees it now. */
  Topology topology() throws IOException;

  /** Whether pods can be attached now. */
  NetworkStatus status();

  /**
   * Sets the node's pod networks, at most one of each family. What is attached stays; a network
   * that is not to change may be named again.
   */
  void podCidrs(List<Cidr> podCidrs) throws IOException;

  /** Lets go of sockets and threads. Attached sandboxes stay attached. */
  @Override
  void close();
}

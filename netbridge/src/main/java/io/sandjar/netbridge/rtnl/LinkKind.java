package io.sandjar.netbridge.rtnl;

import java.net.InetAddress;

/** What a new link is. */
public sealed interface LinkKind {

  /** The kernel's name for the kind. */
  default String kernelName() {
    return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
  }

  /** A switch in the kernel. */
  record Bridge() implements LinkKind {}

  /** A cable whose other end is {@code peer}, which may be born in another namespace. */
  record Veth(NewLink peer) implements LinkKind {}

  /**
   * A tunnel in UDP to other nodes.
   *
   * @param id the network's identifier (VNI)
   * @param local the own address of the packets outside
   * @param device index of the link that they leave by, 0 for what routing says
   * @param learning whether it learns where addresses are; off where they are told
   */
  record Vxlan(int id, InetAddress local, int device, int port, boolean learning)
      implements LinkKind {}

  /** A place to queue what arrives. */
  record Ifb() implements LinkKind {}

  /** A link to nowhere. */
  record Dummy() implements LinkKind {}
}

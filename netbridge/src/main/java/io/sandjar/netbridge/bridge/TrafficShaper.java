package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** Limits the traffic of one pod at the host's end of its link. */
public interface TrafficShaper extends AutoCloseable {

  /**
   * Sets the limits of a link; what was set before is replaced. A link that is made for it gets the
   * host interface's alias, which says whose it is.
   */
  void limit(String hostInterface, Bandwidth bandwidth, int mtu) throws IOException;

  /**
   * Puts the limits of these sandboxes back where somebody removed or altered them, or made the
   * link anew. Cheap where nobody did.
   *
   * @return what could not be done, in sentences that name the pod
   */
  List<String> repair(Collection<Attachment> limited) throws IOException;

  /** Removes what does not vanish with the link itself; nothing there is no error. */
  void remove(String hostInterface) throws IOException;

  @Override
  void close();
}

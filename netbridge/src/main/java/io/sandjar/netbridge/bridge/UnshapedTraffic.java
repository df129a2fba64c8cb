package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** No traffic shaping: a pod with a bandwidth limit is refused. */
public final class UnshapedTraffic implements TrafficShaper {

  @Override
  public void limit(String hostInterface, Bandwidth bandwidth, int mtu) throws IOException {
    throw new IOException("bandwidth limits are turned off on this node");
  }

  @Override
  public List<String> repair(Collection<Attachment> limited) {
    return List.of();
  }

  @Override
  public void remove(String hostInterface) {}

  @Override
  public void close() {}
}

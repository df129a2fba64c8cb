package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.PortMapping;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/** No packet filter: pods talk by their own addresses only, and host ports are refused. */
public final class OpenFirewall implements NodeFirewall {

  @Override
  public void apply(Settings settings) {}

  @Override
  public boolean repair() {
    return false;
  }

  @Override
  public void reconcile(Collection<Attachment> attached) {}

  @Override
  public void claim(String sandboxId, String pod, List<PortMapping> mappings) throws IOException {
    if (!mappings.isEmpty()) {
      throw new IOException(
          "pod " + pod + " wants host port " + mappings.get(0) + ", but NAT is turned off");
    }
  }

  @Override
  public void open(String sandboxId, List<InetAddress> podAddresses) {}

  @Override
  public void close(String sandboxId) {}

  @Override
  public List<String> warnings() {
    return List.of();
  }

  @Override
  public void close() {}
}

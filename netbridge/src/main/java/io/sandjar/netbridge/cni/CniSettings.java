package io.sandjar.netbridge.cni;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Where CNI networks and plugins are found, and what this node keeps of them.
 *
 * @param nodeName what this node is called where its network is shown
 * @param configurations the folder of network configurations, {@code /etc/cni/net.d}
 * @param binaries the folders of plugins, {@code /opt/cni/bin}; the first that has one wins
 * @param cache the folder of results; belongs to this node's runtime alone
 * @param namespaceFolder where the sandboxes' namespaces are bound, so that ip netns finds them
 * @param timeout how long one plugin may take
 */
public record CniSettings(
    String nodeName,
    Path configurations,
    List<Path> binaries,
    Path cache,
    Path namespaceFolder,
    Duration timeout) {

  /** The longest that a kubelet waits for a sandbox is two minutes, for all plugins together. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  public CniSettings {
    binaries = List.copyOf(binaries);
  }
}

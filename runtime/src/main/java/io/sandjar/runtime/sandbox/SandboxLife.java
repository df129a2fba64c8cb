package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.Attachment;
import io.sandjar.runtime.linux.ProcessId;
import java.util.Map;
import java.util.Optional;

/**
 * What of a sandbox does not survive a reboot: how far it is, and what it holds of the kernel.
 *
 * @param bootId of the boot that all this belongs to
 * @param pause the process that holds the namespaces
 * @param network how the network is attached, as the network itself wrote it; empty if it is not
 */
public record SandboxLife(
    SandboxPhase phase, String bootId, Optional<ProcessId> pause, Map<String, Object> network) {

  public SandboxLife {
    network = Map.copyOf(network);
    // What cannot be read again is refused where it is written, or set aside where it is read.
    attachment(network);
  }

  /** How the network is attached; empty if it is not. */
  Optional<Attachment> attachment() {
    return attachment(network);
  }

  private static Optional<Attachment> attachment(Map<String, Object> network) {
    return network.isEmpty() ? Optional.empty() : Optional.of(Attachment.fromMap(network));
  }

  SandboxLife in(SandboxPhase next) {
    return new SandboxLife(next, bootId, pause, network);
  }

  SandboxLife withNetwork(Map<String, Object> attachment) {
    return new SandboxLife(phase, bootId, pause, attachment);
  }
}

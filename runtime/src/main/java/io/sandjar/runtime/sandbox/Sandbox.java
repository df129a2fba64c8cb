package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.Attachment;
import io.sandjar.runtime.linux.ProcessId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A sandbox as it is now: an unchanging picture, taken when it was asked for.
 *
 * @param folder of the files that its containers share
 */
public record Sandbox(SandboxRecord record, SandboxLife life, Path folder) {

  public String id() {
    return record.id();
  }

  public SandboxSpec spec() {
    return record.spec();
  }

  /** Whether containers can be made in it. */
  public boolean isReady() {
    return life.phase() == SandboxPhase.READY;
  }

  public SandboxFiles files() {
    return new SandboxFiles(folder);
  }

  /** The process that holds the namespaces, while there is one. */
  public Optional<ProcessId> pause() {
    return life.pause();
  }

  public Optional<Attachment> network() {
    return life.network().isEmpty()
        ? Optional.empty()
        : Optional.of(Attachment.fromMap(life.network()));
  }

  /** The pod's addresses, the primary one first; none on the host's network. */
  public List<String> ips() {
    return network().map(Attachment::ips).orElse(List.of());
  }

  Sandbox with(SandboxLife next) {
    return new Sandbox(record, next, folder);
  }

  Sandbox with(SandboxRecord changed) {
    return new Sandbox(changed, life, folder);
  }
}

package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.Attachment;
import io.sandjar.runtime.linux.ProcessId;
import java.util.List;
import java.util.Optional;

/**
 * A sandbox as it is now: an unchanging picture, taken when it was asked for.
 *
 * @param files those that its containers share
 */
public record Sandbox(SandboxRecord record, SandboxLife life, SandboxFiles files) {

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

  /** Whether it was made wholly and is not being removed. */
  boolean isWhole() {
    return life.phase() != SandboxPhase.CREATING && life.phase() != SandboxPhase.REMOVING;
  }

  /** The process that holds the namespaces, while there is one. */
  public Optional<ProcessId> pause() {
    return life.pause();
  }

  public Optional<Attachment> network() {
    return life.attachment();
  }

  /** The pod's addresses, the primary one first; none on the host's network. */
  public List<String> ips() {
    return network().map(Attachment::ips).orElse(List.of());
  }

  Sandbox with(SandboxLife next) {
    return new Sandbox(record, next, files);
  }

  Sandbox with(SandboxRecord changed) {
    return new Sandbox(changed, life, files);
  }
}

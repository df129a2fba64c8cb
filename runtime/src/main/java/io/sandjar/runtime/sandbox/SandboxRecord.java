package io.sandjar.runtime.sandbox;

import java.time.Instant;

/**
 * What of a sandbox survives a reboot.
 *
 * @param ownsCgroup whether the pod's cgroup was made here and so is removed here
 */
public record SandboxRecord(
    String id, SandboxSpec spec, Instant createdAt, String cgroupParent, boolean ownsCgroup) {

  public SandboxRecord {
    // What is owned is killed and removed one day: a record that lost it must not mean the root.
    if (ownsCgroup && cgroupParent.replace("/", "").isEmpty()) {
      throw new IllegalArgumentException("a sandbox cannot own the root cgroup");
    }
  }

  SandboxRecord withSpec(SandboxSpec changed) {
    return new SandboxRecord(id, changed, createdAt, cgroupParent, ownsCgroup);
  }

  SandboxRecord owningCgroup(boolean owns) {
    return new SandboxRecord(id, spec, createdAt, cgroupParent, owns);
  }
}

package io.sandjar.runtime.sandbox;

import java.time.Instant;

/**
 * What of a sandbox survives a reboot.
 *
 * @param ownsCgroup whether the pod's cgroup was made here and so is removed here
 */
public record SandboxRecord(
    String id, SandboxSpec spec, Instant createdAt, String cgroupParent, boolean ownsCgroup) {

  SandboxRecord withSpec(SandboxSpec changed) {
    return new SandboxRecord(id, changed, createdAt, cgroupParent, ownsCgroup);
  }

  SandboxRecord owningCgroup(boolean owns) {
    return new SandboxRecord(id, spec, createdAt, cgroupParent, owns);
  }
}

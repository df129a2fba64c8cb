package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.launch.MonitorRecord;
import java.time.Instant;
import java.util.Optional;

/**
 * What of a container does not survive a reboot: how far it is, and its processes.
 *
 * @param bootId of the boot that all this belongs to
 * @param startedAt empty before the start
 */
public record ContainerLife(
    ContainerPhase phase,
    String bootId,
    Optional<MonitorRecord> monitor,
    Optional<Instant> startedAt) {

  ContainerLife in(ContainerPhase next) {
    return new ContainerLife(next, bootId, monitor, startedAt);
  }

  ContainerLife with(MonitorRecord record) {
    return new ContainerLife(phase, bootId, Optional.of(record), startedAt);
  }

  /** It may run from now on, and so have ended a moment later. */
  ContainerLife starting(Instant when) {
    return new ContainerLife(ContainerPhase.STARTING, bootId, monitor, Optional.of(when));
  }
}

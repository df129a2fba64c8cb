package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;

/** Puts on record how a pod is now. */
final class StatusWriter {
  private static final System.Logger LOG = System.getLogger(StatusWriter.class.getName());

  private final ObjectStore store;
  private final PodEngine engine;
  private final TerminationMessages messages;
  private final List<String> hostIps;
  private final InstantSource clock;

  StatusWriter(
      ObjectStore store,
      PodEngine engine,
      TerminationMessages messages,
      List<String> hostIps,
      InstantSource clock) {
    this.store = store;
    this.engine = engine;
    this.messages = messages;
    this.hostIps = hostIps;
    this.clock = clock;
  }

  /**
   * The engine is asked while nobody else writes: of two who write at the same time, none puts an
   * older state over a newer one.
   */
  void write(PodWorker worker) {
    try {
      store.update(
          worker.key(),
          Durability.DAEMON,
          pod -> {
            if (worker.uid().equals(PodState.uid(pod))) {
              var state = PodState.of(engine, worker.uid());
              var status = new PodStatus(pod, state, worker.memory(), messages, clock.instant());
              pod.put("status", status.tree(hostIps));
            }
            return pod;
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
      LOG.log(Level.DEBUG, () -> worker.key() + " was deleted meanwhile");
    }
  }
}

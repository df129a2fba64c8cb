package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import io.sandjar.runtime.pod.volume.PodVolumes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Looks at a pod in whatever part of its life it is: waiting, running, ended, being deleted. */
final class PodLife {
  private final ObjectStore store;
  private final PodEngine engine;
  private final Binding binding;
  private final PodLook look;
  private final PodProbes probes;
  private final Termination termination;
  private final PodFailures failures;
  private final PodVolumes volumes;
  private final ImagePulls pulls;
  private final UserRanges users;
  private final StatusWriter status;
  private final InstantSource clock;
  private final Map<String, Cancellation> cancellations = new ConcurrentHashMap<>();

  PodLife(
      ObjectStore store,
      PodEngine engine,
      Binding binding,
      PodLook look,
      PodProbes probes,
      Termination termination,
      PodFailures failures,
      PodVolumes volumes,
      ImagePulls pulls,
      UserRanges users,
      StatusWriter status,
      InstantSource clock) {
    this.store = store;
    this.engine = engine;
    this.binding = binding;
    this.look = look;
    this.probes = probes;
    this.termination = termination;
    this.failures = failures;
    this.volumes = volumes;
    this.pulls = pulls;
    this.users = users;
    this.status = status;
    this.clock = clock;
  }

  /**
   * Brings the pod as far as it can be now.
   *
   * @return when to look again even if nothing happens
   */
  Optional<Instant> at(PodWorker worker) throws IOException {
    Optional<Map<String, Object>> found = find(worker);
    if (found.isEmpty()) {
      clear(worker);
      forget(worker);
      return Optional.empty();
    }
    Map<String, Object> pod = found.get();
    if (isGoing(pod)) {
      endGracefully(pod, worker);
      return Optional.empty();
    }
    if (PodStatus.hasEnded(pod)) {
      PodState state = PodState.of(engine, worker.uid());
      probes.podIsEnding(worker.uid());
      termination.endAll(pod, state, PodFailures.grace(pod));
      termination.clear(state, false);
      volumes.clear(worker.uid());
      probes.stopAll(worker.uid());
      status.write(worker);
      return Optional.empty();
    }
    return binding.isBound(pod) ? advance(pod, worker) : Optional.empty();
  }

  /** The pod as it is on record now; a new one of the same name is another. */
  private Optional<Map<String, Object>> find(PodWorker worker) {
    return store
        .find(worker.key())
        .filter(pod -> worker.uid().equals(Trees.object(pod, "metadata").get("uid")));
  }

  private Optional<Instant> advance(Map<String, Object> pod, PodWorker worker) throws IOException {
    Optional<Instant> deadline = PodFailures.deadline(pod);
    if (deadline.isPresent() && !clock.instant().isBefore(deadline.get())) {
      failures.deadlineExceeded(pod);
      return Optional.of(clock.instant());
    }
    probes.follow(pod, PodState.of(engine, worker.uid()), worker);
    status.write(worker);
    // Containers may ask for what was written just now, such as the node's address.
    Optional<Map<String, Object>> now = find(worker);
    if (now.isEmpty()) {
      return Optional.of(clock.instant());
    }
    Optional<Instant> wakeUp = look.advance(now.get(), worker, cancellation(worker.uid()));
    probes.follow(pod, PodState.of(engine, worker.uid()), worker);
    status.write(worker);
    return earlier(deadline, wakeUp);
  }

  private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
    return a.isEmpty() ? b : b.isEmpty() || a.get().isBefore(b.get()) ? a : b;
  }

  private Cancellation cancellation(String uid) {
    return cancellations.computeIfAbsent(uid, missing -> new Cancellation());
  }

  /** Breaks off what the pod is waiting for, and shortens what its containers are given. */
  void isEnding(String uid, Duration grace) {
    cancellation(uid).cancel(EngineException.Kind.CANCELLED, "the pod is being ended");
    termination.hurry(uid, grace);
  }

  private static Duration deletionGrace(Map<String, Object> pod) {
    return Duration.ofSeconds(
        Trees.number(Trees.object(pod, "metadata"), "deletionGracePeriodSeconds").orElse(30L));
  }

  private void endGracefully(Map<String, Object> pod, PodWorker worker) throws IOException {
    PodState state = PodState.of(engine, worker.uid());
    probes.podIsEnding(worker.uid());
    termination.endAll(pod, state, deletionGrace(pod));
    status.write(worker);
    clear(worker);
    removeObject(worker);
    forget(worker);
  }

  /** Removes the object, unless a finalizer keeps it by now, or it is another pod's. */
  private void removeObject(PodWorker worker) {
    try {
      store.delete(
          worker.key(),
          Durability.POWER_CUT,
          now -> {
            if (!worker.uid().equals(PodState.uid(now)) || !isGoing(now) || isKept(now)) {
              throw new EngineException(EngineException.Kind.FAILED_PRECONDITION, "it stays");
            }
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND
          && e.kind() != EngineException.Kind.FAILED_PRECONDITION) {
        throw e;
      }
    }
  }

  private static boolean isGoing(Map<String, Object> pod) {
    return Trees.object(pod, "metadata").containsKey("deletionTimestamp");
  }

  private static boolean isKept(Map<String, Object> pod) {
    return !Trees.strings(Trees.object(pod, "metadata"), "finalizers").isEmpty();
  }

  /**
   * Whether there is something to do for what a worker that has ended leaves on record: it was made
   * anew with the same uid, or a finalizer was taken away after the worker had looked.
   */
  static boolean isUnfinished(Map<String, Object> pod) {
    return !isGoing(pod) || !isKept(pod);
  }

  /** What the containers of a pod are given that is ending, if it is. */
  static Optional<Duration> grace(Map<String, Object> pod) {
    if (isGoing(pod)) {
      return Optional.of(deletionGrace(pod));
    }
    return PodStatus.hasEnded(pod) ? Optional.of(PodFailures.grace(pod)) : Optional.empty();
  }

  /** Removes all that the node has of a pod. */
  private void clear(PodWorker worker) throws IOException {
    probes.stopAll(worker.uid());
    remove(worker.uid());
    pulls.forget(worker.uid());
    users.release(worker.uid());
  }

  private void forget(PodWorker worker) {
    worker.end();
    forget(worker.uid());
  }

  /** The pod is gone. */
  void forget(String uid) {
    cancellations.remove(uid);
    termination.forget(uid);
  }

  /** Removes what the engine and the disk have of a pod. */
  void remove(String uid) throws IOException {
    termination.clear(PodState.of(engine, uid), true);
    volumes.remove(uid);
  }
}

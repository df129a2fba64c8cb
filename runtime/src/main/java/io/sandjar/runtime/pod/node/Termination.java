package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Ends a pod's containers: all preStop hooks run at once; then the containers stop, and after them
 * the sidecars one by one from the last to the first.
 */
final class Termination {
  private static final System.Logger LOG = System.getLogger(Termination.class.getName());

  private final PodEngine engine;
  private final LifecycleHooks hooks;
  private final EventRecorder events;
  private final Executor workers;
  private final Graces graces = new Graces();

  Termination(PodEngine engine, LifecycleHooks hooks, EventRecorder events, Executor workers) {
    this.engine = engine;
    this.hooks = hooks;
    this.events = events;
    this.workers = workers;
  }

  /** Whatever of the pod is being ended, or will be, has no longer than this from now on. */
  void hurry(String uid, Duration grace) {
    graces.shorten(uid, grace);
  }

  /** The pod is gone. */
  void forget(String uid) {
    graces.forget(uid);
  }

  /** Ends every running container of the pod within the grace period. */
  void endAll(Map<String, Object> pod, PodState state, Duration length) {
    graces.within(PodState.uid(pod), length, grace -> endAll(pod, state, grace));
  }

  private void endAll(Map<String, Object> pod, PodState state, Grace grace) {
    var all = new ArrayList<CompletableFuture<Void>>();
    List<Placed> sidecars = new ArrayList<>();
    for (Placed placed : PodTemplate.containers(pod)) {
      if (placed.isSidecar()) {
        sidecars.add(placed);
      } else {
        all.add(end(pod, placed, state, grace, CompletableFuture.completedFuture(null)));
      }
    }
    CompletableFuture<Void> turn = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    Collections.reverse(sidecars);
    for (Placed placed : sidecars) {
      turn = end(pod, placed, state, grace, turn);
      all.add(turn);
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
  }

  /** Ends a container, if it runs; done when it has ended, and not before its turn. */
  private CompletableFuture<Void> end(
      Map<String, Object> pod,
      Placed placed,
      PodState state,
      Grace grace,
      CompletableFuture<Void> turn) {
    String why = "Stopping container " + placed.name();
    return state
        .running(placed.name())
        .map(
            container ->
                CompletableFuture.runAsync(
                    () -> end(pod, placed, container, state, grace, why, turn), workers))
        .orElse(turn);
  }

  /** Ends one container: its preStop hook, its stop signal, and at last SIGKILL. */
  void end(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      Duration length,
      String why) {
    var now = CompletableFuture.<Void>completedFuture(null);
    graces.within(
        PodState.uid(pod), length, grace -> end(pod, placed, container, state, grace, why, now));
  }

  private void end(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      Grace grace,
      String why,
      CompletableFuture<Void> turn) {
    events.ofContainer(pod, placed.list(), placed.name(), "Normal", "Killing", why);
    Optional<Sandbox> sandbox =
        state.sandboxes().stream()
            .filter(candidate -> candidate.id().equals(container.sandboxId()))
            .findFirst();
    try {
      if (sandbox.isPresent()) {
        hooks.beforeStop(pod, placed, container.id(), sandbox.get(), grace);
      }
      grace.await(turn);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    // The hook, or those before it, may have used up all of it.
    graces.within(PodState.uid(pod), grace.left(), left -> stop(container, left));
  }

  private void stop(Container container, Grace grace) {
    try {
      engine.containers().stop(container.id(), grace.left(), grace.cut());
    } catch (IOException e) {
      throw new UncheckedIOException("stop container " + container.record().label(), e);
    }
  }

  /** Kills whatever is left, stops the sandboxes, and with {@code remove} removes all of it. */
  void clear(PodState state, boolean remove) throws IOException {
    List<IOException> failures = new ArrayList<>();
    for (Sandbox sandbox : state.sandboxes()) {
      try {
        if (remove) {
          engine.teardown().remove(sandbox.id());
        } else {
          engine.teardown().stop(sandbox.id());
        }
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot clear the sandbox of pod " + sandbox.spec().name(), e);
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}

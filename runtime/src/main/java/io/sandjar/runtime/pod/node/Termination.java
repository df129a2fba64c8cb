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
 * Ends a pod's containers: all at once, then the sidecars one by one from the last to the first.
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
    var sidecars = new ArrayList<Runnable>();
    var atOnce = new ArrayList<CompletableFuture<Void>>();
    for (Placed placed : PodTemplate.containers(pod)) {
      Optional<Container> running = state.running(placed.name());
      if (running.isPresent()) {
        String why = "Stopping container " + placed.name();
        Runnable end = () -> end(pod, placed, running.get(), state, grace, why);
        if (placed.isSidecar()) {
          sidecars.add(end);
        } else {
          atOnce.add(CompletableFuture.runAsync(end, workers));
        }
      }
    }
    CompletableFuture.allOf(atOnce.toArray(CompletableFuture[]::new)).join();
    Collections.reverse(sidecars);
    sidecars.forEach(Runnable::run);
  }

  /** Ends one container: its preStop hook, its stop signal, and at last SIGKILL. */
  void end(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      Duration length,
      String why) {
    graces.within(
        PodState.uid(pod), length, grace -> end(pod, placed, container, state, grace, why));
  }

  private void end(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      Grace grace,
      String why) {
    events.ofContainer(pod, placed.list(), placed.name(), "Normal", "Killing", why);
    Optional<Sandbox> sandbox =
        state.sandboxes().stream()
            .filter(candidate -> candidate.id().equals(container.sandboxId()))
            .findFirst();
    try {
      if (sandbox.isPresent()) {
        hooks.beforeStop(pod, placed, container.id(), sandbox.get(), grace);
      }
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

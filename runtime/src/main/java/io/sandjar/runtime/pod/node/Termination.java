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

  /** What a container has at least when the preStop hook used the grace period up. */
  private static final Duration LEAST_GRACE = Duration.ofSeconds(2);

  private final PodEngine engine;
  private final LifecycleHooks hooks;
  private final EventRecorder events;
  private final Executor workers;

  Termination(PodEngine engine, LifecycleHooks hooks, EventRecorder events, Executor workers) {
    this.engine = engine;
    this.hooks = hooks;
    this.events = events;
    this.workers = workers;
  }

  /** Ends every running container of the pod within the grace period. */
  void endAll(Map<String, Object> pod, PodState state, Duration grace) {
    long start = System.nanoTime();
    var sidecars = new ArrayList<Placed>();
    var atOnce = new ArrayList<CompletableFuture<Void>>();
    for (Placed placed : PodTemplate.containers(pod)) {
      if (placed.isSidecar()) {
        sidecars.add(placed);
      } else {
        running(state, placed)
            .ifPresent(
                container ->
                    atOnce.add(
                        CompletableFuture.runAsync(
                            () ->
                                end(
                                    pod,
                                    placed,
                                    container,
                                    state,
                                    grace,
                                    "Stopping container " + placed.name()),
                            workers)));
      }
    }
    CompletableFuture.allOf(atOnce.toArray(CompletableFuture[]::new)).join();
    Collections.reverse(sidecars);
    for (Placed placed : sidecars) {
      Duration left = left(grace, start);
      running(state, placed)
          .ifPresent(
              container ->
                  end(pod, placed, container, state, left, "Stopping container " + placed.name()));
    }
  }

  /** Of a grace period that began then; by a clock that nobody sets. */
  private static Duration left(Duration grace, long startNanos) {
    Duration left = grace.minusNanos(System.nanoTime() - startNanos);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static Optional<Container> running(PodState state, Placed placed) {
    return state.latest(placed.name()).filter(c -> c.state() == Container.State.RUNNING);
  }

  /** Ends one container: its preStop hook, its stop signal, and at last SIGKILL. */
  void end(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      Duration grace,
      String why) {
    events.ofContainer(pod, placed.list(), placed.name(), "Normal", "Killing", why);
    long start = System.nanoTime();
    try {
      Optional<Sandbox> sandbox =
          state.sandboxes().stream()
              .filter(candidate -> candidate.id().equals(container.sandboxId()))
              .findFirst();
      if (sandbox.isPresent()) {
        hooks.beforeStop(pod, placed, container.id(), sandbox.get(), grace);
      }
      Duration left = left(grace, start);
      boolean hurried = !grace.isZero() && left.compareTo(LEAST_GRACE) < 0;
      engine.containers().stop(container.id(), hurried ? LEAST_GRACE : left);
    } catch (IOException e) {
      throw new UncheckedIOException("stop container " + container.record().label(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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

package io.sandjar.runtime.pod.node;

import io.netty.channel.EventLoopGroup;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ExecOutcome;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.probe.ContainerProbes;
import io.sandjar.runtime.pod.probe.ProbeKind;
import io.sandjar.runtime.pod.probe.ProbeListener;
import io.sandjar.runtime.pod.probe.ProbeOutcome;
import io.sandjar.runtime.pod.probe.ProbeRunner;
import io.sandjar.runtime.pod.probe.ProbeTarget;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Probes the running containers of all pods, and tells their workers what it found. */
final class PodProbes implements AutoCloseable {
  private final PodEngine engine;
  private final ProbeRunner runner;
  private final EventLoopGroup loops;
  private final EventRecorder events;
  private final StatusWriter status;
  private final Executor workers;
  private final InstantSource clock;
  private final Map<String, Probed> probed = new ConcurrentHashMap<>();

  private record Probed(String uid, ContainerProbes probes) {}

  PodProbes(
      PodEngine engine,
      EventLoopGroup loops,
      EventRecorder events,
      StatusWriter status,
      Executor workers,
      InstantSource clock) {
    this.engine = engine;
    this.runner = new ProbeRunner(loops, "kube-probe/1.32");
    this.loops = loops;
    this.events = events;
    this.status = status;
    this.workers = workers;
    this.clock = clock;
  }

  /** Probes what runs of the pod and has probes; stops where it runs no more. */
  void follow(Map<String, Object> pod, PodState state, PodWorker worker) {
    Set<String> running = new HashSet<>();
    for (Placed placed : PodTemplate.containers(pod)) {
      Optional<Container> container =
          state.latest(placed.name()).filter(c -> c.state() == Container.State.RUNNING);
      if (container.isPresent() && ProbeSpecs.hasAny(placed.container())) {
        running.add(container.get().id());
        probed.computeIfAbsent(
            container.get().id(),
            id -> new Probed(worker.uid(), start(pod, placed, container.get(), state, worker)));
      }
    }
    probed.forEach(
        (id, probes) -> {
          if (probes.uid().equals(worker.uid()) && !running.contains(id)) {
            stop(id);
          }
        });
  }

  /** Ends what would restart containers of a pod that is being ended. */
  void podIsEnding(String uid) {
    probed.values().stream()
        .filter(one -> one.uid().equals(uid))
        .forEach(one -> one.probes().podIsEnding());
  }

  void stopAll(String uid) {
    probed.forEach(
        (id, one) -> {
          if (one.uid().equals(uid)) {
            stop(id);
          }
        });
  }

  private void stop(String id) {
    Probed ended = probed.remove(id);
    if (ended != null) {
      ended.probes().close();
    }
  }

  private ContainerProbes start(
      Map<String, Object> pod,
      Placed placed,
      Container container,
      PodState state,
      PodWorker worker) {
    Duration age =
        container
            .startedAt()
            .map(started -> Duration.between(started, clock.instant()))
            .filter(span -> !span.isNegative())
            .orElse(Duration.ZERO);
    boolean foundRunning = remembered(pod, placed, container);
    boolean started = foundRunning && wasTrue(pod, placed, "started");
    if (foundRunning) {
      // What was known before a restart of the daemon holds until a probe says otherwise.
      worker.memory().started(container.id(), started);
      worker.memory().ready(container.id(), wasTrue(pod, placed, "ready"));
    }
    String address =
        state.sandboxes().stream()
            .filter(sandbox -> sandbox.id().equals(container.sandboxId()))
            .flatMap(sandbox -> sandbox.ips().stream())
            .findFirst()
            .orElse("127.0.0.1");
    return ContainerProbes.start(
        ProbeSpecs.of(placed.container()),
        runner,
        new Target(container.id(), address),
        new Listener(pod, placed, container.id(), worker),
        loops.next(),
        foundRunning ? age : Duration.ZERO,
        started);
  }

  /** Whether the status on record is of this very container. */
  private static boolean remembered(Map<String, Object> pod, Placed placed, Container container) {
    return statusOf(pod, placed)
        .filter(status -> PodStatus.id(container).equals(status.get("containerID")))
        .filter(status -> Trees.object(status, "state").containsKey("running"))
        .isPresent();
  }

  private static boolean wasTrue(Map<String, Object> pod, Placed placed, String field) {
    return statusOf(pod, placed).map(status -> Trees.flag(status, field)).orElse(false);
  }

  private static Optional<Map<String, Object>> statusOf(Map<String, Object> pod, Placed placed) {
    String field =
        placed.list().equals("initContainers") ? "initContainerStatuses" : "containerStatuses";
    return Trees.objects(Trees.object(pod, "status"), field).stream()
        .filter(status -> placed.name().equals(status.get("name")))
        .findFirst();
  }

  /** A container as probes reach it. */
  private final class Target implements ProbeTarget {
    private final String containerId;
    private final String address;

    Target(String containerId, String address) {
      this.containerId = containerId;
      this.address = address;
    }

    @Override
    public String address() {
      return address;
    }

    @Override
    public CompletionStage<ProbeOutcome> exec(List<String> command, Duration timeout) {
      return CompletableFuture.supplyAsync(() -> run(command, timeout), workers);
    }

    private ProbeOutcome run(List<String> command, Duration timeout) {
      try {
        ExecOutcome outcome =
            engine.execs().run(containerId, command, timeout, new CompletableFuture<>());
        String output =
            new String(outcome.stdout(), StandardCharsets.UTF_8)
                + new String(outcome.stderr(), StandardCharsets.UTF_8);
        return outcome.exitCode() == 0
            ? ProbeOutcome.success(output)
            : ProbeOutcome.failure(output);
      } catch (IOException | EngineException e) {
        return ProbeOutcome.failure(String.valueOf(e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return ProbeOutcome.failure("the daemon is stopping");
      }
    }
  }

  /** Hands on what the probes of one container found. */
  private final class Listener implements ProbeListener {
    private final Map<String, Object> pod;
    private final Placed placed;
    private final String containerId;
    private final PodWorker worker;

    Listener(Map<String, Object> pod, Placed placed, String containerId, PodWorker worker) {
      this.pod = pod;
      this.placed = placed;
      this.containerId = containerId;
      this.worker = worker;
    }

    @Override
    public void started() {
      worker.memory().started(containerId, true);
      changed();
    }

    @Override
    public void readinessChanged(boolean ready) {
      worker.memory().ready(containerId, ready);
      changed();
    }

    /** On record at once: the worker may wait for another container's image, hook or end. */
    private void changed() {
      workers.execute(() -> status.write(worker));
      worker.wake();
    }

    @Override
    public void mustRestart(ProbeKind kind, String message) {
      worker.memory().failed(containerId, Failure.of(kind));
      worker.wake();
    }

    @Override
    public void checkFailed(ProbeKind kind, String message) {
      workers.execute(
          () ->
              events.ofContainer(
                  pod, placed.list(), placed.name(), "Warning", "Unhealthy", message));
    }
  }

  @Override
  public void close() {
    probed.keySet().forEach(this::stop);
  }
}

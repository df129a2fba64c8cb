package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the engine has of one pod: its sandboxes and containers, newest first. */
final class PodState {
  private final List<Sandbox> sandboxes;
  private final List<Container> containers;

  private PodState(List<Sandbox> sandboxes, List<Container> containers) {
    this.sandboxes = sandboxes;
    this.containers = containers;
  }

  static PodState of(PodEngine engine, String uid) {
    List<Sandbox> sandboxes =
        engine.sandboxes().list().stream()
            .filter(sandbox -> uid.equals(sandbox.spec().labels().get(PodLabels.POD_UID)))
            .filter(PodState::isOwn)
            .sorted(Comparator.comparingInt((Sandbox s) -> s.spec().name().attempt()).reversed())
            .toList();
    var containers = new ArrayList<Container>();
    sandboxes.forEach(sandbox -> containers.addAll(engine.containers().ofSandbox(sandbox.id())));
    containers.sort(Comparator.comparingInt((Container c) -> c.spec().name().attempt()).reversed());
    return new PodState(sandboxes, containers);
  }

  /** Whether this node made the sandbox; a kubelet may use the same engine. */
  static boolean isOwn(Sandbox sandbox) {
    return PodLabels.OWNER_NODE.equals(sandbox.spec().labels().get(PodLabels.OWNER));
  }

  static String uid(Map<String, Object> pod) {
    return Trees.string(Trees.object(pod, "metadata"), "uid", "");
  }

  List<Sandbox> sandboxes() {
    return sandboxes;
  }

  List<Container> containers() {
    return containers;
  }

  Optional<Sandbox> newestSandbox() {
    return sandboxes.stream().findFirst();
  }

  Optional<Sandbox> readySandbox() {
    return sandboxes.stream().filter(Sandbox::isReady).findFirst();
  }

  /** Whether any container of the pod has been started. */
  boolean hasRun() {
    return containers.stream().anyMatch(container -> container.state() != Container.State.CREATED);
  }

  /** The newest container of that name. */
  Optional<Container> latest(String name) {
    return attempts(name).stream().findFirst();
  }

  /** The one before the newest. */
  Optional<Container> previous(String name) {
    return attempts(name).stream().skip(1).findFirst();
  }

  List<Container> attempts(String name) {
    return containers.stream()
        .filter(container -> container.spec().name().name().equals(name))
        .toList();
  }

  /** The newest container of that name, while it runs. */
  Optional<Container> running(String name) {
    return latest(name).filter(container -> container.state() == Container.State.RUNNING);
  }
}

package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ContainerStatsFilter;
import io.sandjar.cri.v1.PodSandboxFilter;
import io.sandjar.cri.v1.PodSandboxStatsFilter;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.Containers;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.Sandboxes;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Picks what a list request asks for; an id may be shortened as far as it stays the only one. */
final class Filters {

  private Filters() {}

  static List<Sandbox> sandboxes(Sandboxes sandboxes, PodSandboxFilter filter) {
    return sandboxes(sandboxes, filter.getId(), filter.getLabelSelectorMap()).stream()
        .filter(
            sandbox ->
                !filter.hasState() || filter.getState().getState() == SandboxAnswers.state(sandbox))
        .toList();
  }

  static List<Sandbox> sandboxes(Sandboxes sandboxes, PodSandboxStatsFilter filter) {
    return sandboxes(sandboxes, filter.getId(), filter.getLabelSelectorMap());
  }

  private static List<Sandbox> sandboxes(
      Sandboxes sandboxes, String id, Map<String, String> labels) {
    Optional<String> whole = sandboxes.find(id).map(Sandbox::id);
    return sandboxes.list().stream()
        .filter(sandbox -> id.isEmpty() || whole.filter(sandbox.id()::equals).isPresent())
        .filter(sandbox -> contains(sandbox.spec().labels(), labels))
        .toList();
  }

  static List<Container> containers(
      Containers containers, Sandboxes sandboxes, ContainerFilter filter) {
    return containers(
            containers,
            sandboxes,
            filter.getId(),
            filter.getPodSandboxId(),
            filter.getLabelSelectorMap())
        .stream()
        .filter(
            container ->
                !filter.hasState()
                    || filter.getState().getState() == ContainerAnswers.state(container))
        .toList();
  }

  static List<Container> containers(
      Containers containers, Sandboxes sandboxes, ContainerStatsFilter filter) {
    return containers(
        containers,
        sandboxes,
        filter.getId(),
        filter.getPodSandboxId(),
        filter.getLabelSelectorMap());
  }

  private static List<Container> containers(
      Containers containers,
      Sandboxes sandboxes,
      String id,
      String sandboxId,
      Map<String, String> labels) {
    Optional<String> whole = containers.find(id).map(Container::id);
    String sandbox = sandboxes.find(sandboxId).map(Sandbox::id).orElse(sandboxId);
    return containers.list().stream()
        .filter(container -> id.isEmpty() || whole.filter(container.id()::equals).isPresent())
        .filter(container -> sandbox.isEmpty() || container.sandboxId().equals(sandbox))
        .filter(container -> contains(container.spec().labels(), labels))
        .toList();
  }

  private static boolean contains(Map<String, String> labels, Map<String, String> wanted) {
    return labels.entrySet().containsAll(wanted.entrySet());
  }
}

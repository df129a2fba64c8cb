package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import java.util.List;
import java.util.Optional;

/** One pod with one container from its start to its removal, step by step, as a kubelet goes. */
final class PodLife {
  private static final String CONTAINER = "app";

  private final CriNode node;
  private final PodSandboxConfig.Builder pod;
  private final String name;
  private String sandbox;
  private String container;

  PodLife(CriNode node, String name, int hostPort) {
    this.node = node;
    this.name = name;
    this.pod =
        node.pod(name)
            .addPortMappings(PortMapping.newBuilder().setContainerPort(80).setHostPort(hostPort));
  }

  /** In their order; every one may be done again until it has succeeded. */
  enum Step {
    RUN,
    CREATE,
    START,
    END,
    REMOVE_CONTAINER,
    STOP,
    REMOVE;

    /** The kubelet's usual way, and the short one: a pod is stopped while its container runs. */
    static final List<List<Step>> WAYS =
        List.of(List.of(values()), List.of(RUN, CREATE, START, STOP, REMOVE));
  }

  void run(Step step) {
    switch (step) {
      case RUN -> sandbox = node.run(pod);
      case CREATE -> container = create();
      case START -> node.start(container);
      case END -> node.stop(container, 0);
      case REMOVE_CONTAINER -> node.removeContainer(container);
      case STOP ->
          node.runtime()
              .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
      case REMOVE ->
          node.runtime()
              .removePodSandbox(
                  RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
    }
  }

  private String create() {
    return node.create(
        sandbox,
        node.container(CONTAINER, "sleep", "1000")
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/image")
                    .setReadonly(true)
                    .setImage(ImageSpec.newBuilder().setImage(node.image()))));
  }

  /**
   * Looks how far the step came, as a kubelet that had no answer does, and brings it to its end.
   */
  void retry(Step step) {
    switch (step) {
      case RUN -> {
        Optional<PodSandbox> there = listed();
        if (there.isPresent()) {
          assertEquals(PodSandboxState.SANDBOX_READY, there.get().getState(), name);
          sandbox = there.get().getId();
        } else {
          run(step);
        }
      }
      case CREATE -> {
        Optional<String> there = listedContainer();
        container = there.isPresent() ? there.get() : create();
      }
      case START -> {
        ContainerState state = node.status(container).getState();
        if (state == ContainerState.CONTAINER_EXITED) {
          node.removeContainer(container);
          container = create();
        }
        if (state != ContainerState.CONTAINER_RUNNING) {
          run(step);
        }
        assertEquals(ContainerState.CONTAINER_RUNNING, node.status(container).getState(), name);
      }
      case END -> {
        run(step);
        assertEquals(137, node.status(container).getExitCode(), name);
        assertEquals("Error", node.status(container).getReason(), name);
      }
      case REMOVE_CONTAINER -> {
        run(step);
        assertEquals(Optional.empty(), listedContainer(), name);
      }
      case STOP -> {
        if (listed().isPresent()) {
          run(step);
          assertEquals(PodSandboxState.SANDBOX_NOTREADY, listed().orElseThrow().getState(), name);
        }
      }
      case REMOVE -> {
        run(step);
        assertEquals(Optional.empty(), listed(), name);
      }
    }
  }

  private Optional<PodSandbox> listed() {
    return node
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .stream()
        .filter(each -> each.getMetadata().getName().equals(name))
        .findAny();
  }

  private Optional<String> listedContainer() {
    return node
        .runtime()
        .listContainers(
            ListContainersRequest.newBuilder()
                .setFilter(ContainerFilter.newBuilder().setPodSandboxId(sandbox))
                .build())
        .getContainersList()
        .stream()
        .map(io.sandjar.cri.v1.Container::getId)
        .findAny();
  }
}

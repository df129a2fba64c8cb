package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxPhase;
import io.sandjar.runtime.sandbox.Sandboxes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Ends and removes sandboxes together with the containers in them. */
public final class PodTeardown {
  private static final System.Logger LOG = System.getLogger(PodTeardown.class.getName());

  private final Sandboxes sandboxes;
  private final Containers containers;
  private final ContainerEvents events;
  private final Executor workers;
  private final Clock clock;

  PodTeardown(
      Sandboxes sandboxes,
      Containers containers,
      ContainerEvents events,
      Executor workers,
      Clock clock) {
    this.sandboxes = sandboxes;
    this.containers = containers;
    this.events = events;
    this.workers = workers;
    this.clock = clock;
  }

  /** Kills all containers of the sandbox and takes it off the network; done already is fine. */
  public void stop(String sandboxId) throws IOException {
    Optional<Sandbox> found = sandboxes.find(sandboxId);
    if (found.isEmpty()) {
      return;
    }
    String id = found.get().id();
    boolean wasReady = found.get().isReady();
    sandboxes.announceStop(id);
    forAll(id, containers::kill);
    sandboxes.stop(id);
    if (wasReady) {
      events.publish(ContainerEvents.Kind.STOPPED, id, id, clock.instant());
    }
  }

  /** Removes the sandbox and its containers, stopping what runs; done already is fine. */
  public void remove(String sandboxId) throws IOException {
    Optional<Sandbox> found = sandboxes.find(sandboxId);
    if (found.isEmpty()) {
      return;
    }
    String id = found.get().id();
    stop(id);
    forAll(id, container -> containers.remove(container.id()));
    sandboxes.remove(id);
    events.publish(ContainerEvents.Kind.DELETED, id, id, clock.instant());
  }

  /** Finishes the stops that an earlier daemon began. */
  void rollForward() {
    for (Sandbox sandbox : sandboxes.list()) {
      if (sandbox.life().phase() == SandboxPhase.STOPPING) {
        try {
          stop(sandbox.id());
        } catch (IOException | RuntimeException failed) {
          LOG.log(Level.ERROR, "cannot stop the sandbox of pod " + sandbox.spec().name(), failed);
        }
      }
    }
  }

  private interface ForContainer {
    void run(Container container) throws IOException;
  }

  /** At once for all, since each may take its time to die. */
  private void forAll(String sandboxId, ForContainer work) throws IOException {
    List<Container> all = containers.ofSandbox(sandboxId);
    if (all.size() == 1) {
      work.run(all.get(0));
      return;
    }
    List<CompletableFuture<Void>> running =
        all.stream()
            .map(container -> CompletableFuture.runAsync(() -> unchecked(work, container), workers))
            .toList();
    try {
      CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof UncheckedIOException io) {
        throw io.getCause();
      }
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  private static void unchecked(ForContainer work, Container container) {
    try {
      work.run(container);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}

package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Ids;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The containers of this node: what is done with one is done in turn, different ones at once. */
public final class Containers {
  private static final System.Logger LOG = System.getLogger(Containers.class.getName());

  /** A killed process that is still there then hangs in the kernel, on a dead disk say. */
  private static final Duration KILL_BOUND = Duration.ofSeconds(30);

  private final ContainerStore store;
  private final Sandboxes sandboxes;
  private final Images images;
  private final ContainerCreation creation;
  private final ContainerStart start;
  private final LiveContainers live;
  private final ContainerAdoption adoption;
  private final ContainerEnding ending;
  private final ContainerRemoval removal;
  private final ContainerEvents events;
  private final BootId boot;
  private final Clock clock;
  private final Keyed keyed;
  private final Ids ids = new Ids();

  Containers(
      ContainerStore store,
      Sandboxes sandboxes,
      Images images,
      ContainerCreation creation,
      ContainerStart start,
      LiveContainers live,
      ContainerAdoption adoption,
      ContainerEnding ending,
      ContainerRemoval removal,
      ContainerEvents events,
      BootId boot,
      Clock clock,
      Keyed keyed) {
    this.store = store;
    this.sandboxes = sandboxes;
    this.images = images;
    this.creation = creation;
    this.start = start;
    this.live = live;
    this.adoption = adoption;
    this.ending = ending;
    this.removal = removal;
    this.events = events;
    this.boot = boot;
    this.clock = clock;
    this.keyed = keyed;
  }

  /** Makes a container in a sandbox, ready to be started. */
  public Container create(String sandboxId, ContainerSpec spec) throws IOException {
    Sandbox sandbox = sandboxes.get(sandboxId);
    if (!sandbox.isReady()) {
      throw ContainerCreation.notReady(sandbox);
    }
    ContainerRequest.check(spec, sandbox);
    ContainerRequest request =
        new ContainerRequest(ids.next(), spec, sandbox, images.get(spec.image().image()));
    Container intended = request.intended(boot, clock.instant());
    reserveName(request);
    return keyed.hold(intended.id(), () -> createHeld(request, intended));
  }

  private void reserveName(ContainerRequest request) throws IOException {
    ContainerName name = request.spec().name();
    SandboxName pod = request.sandbox().spec().name();
    Optional<String> owner = store.reserveName(name, pod, request.id());
    if (owner.isPresent() && removeRemains(owner.get())) {
      owner = store.reserveName(name, pod, request.id());
    }
    if (owner.isPresent()) {
      throw new EngineException(
          Kind.ALREADY_EXISTS,
          "pod "
              + pod
              + " has a container "
              + name.name()
              + " of attempt "
              + name.attempt()
              + " already: "
              + owner.get());
    }
  }

  /** One that failed and could not be undone then must not keep its name from a second attempt. */
  private boolean removeRemains(String id) throws IOException {
    return keyed.hold(
        id,
        () -> {
          Optional<Container> found = store.exactly(id);
          // Whoever was at work on it would hold the lock.
          if (found.isPresent() && !found.get().isWhole()) {
            removal.remove(found.get(), live.of(id));
            live.remove(id);
            return true;
          }
          return found.isEmpty();
        });
  }

  private Container createHeld(ContainerRequest request, Container intended) throws IOException {
    try {
      Sandbox sandbox = request.sandbox();
      Pause pause =
          sandboxes.pause(sandbox.id()).orElseThrow(() -> ContainerCreation.notReady(sandbox));
      ContainerCreation.Made made =
          creation.make(intended, request.image(), sandbox, pause, target(request.spec(), sandbox));
      live.watch(intended.id(), made.live());
      // Seen again only now: whoever stops the sandbox stops what is on record by then.
      if (!sandboxes.get(sandbox.id()).isReady()) {
        throw ContainerCreation.notReady(sandbox);
      }
      events.publish(
          ContainerEvents.Kind.CREATED,
          intended.id(),
          sandbox.id(),
          made.container().record().createdAt());
      return made.container();
    } catch (IOException | RuntimeException failed) {
      rollBack(intended, failed);
      throw failed;
    }
  }

  private void rollBack(Container intended, Exception failed) {
    try {
      Optional<Container> known = store.exactly(intended.id());
      if (known.isPresent()) {
        removal.remove(known.get(), live.of(intended.id()));
        live.remove(intended.id());
      } else {
        store.releaseName(intended.spec().name(), intended.record().pod(), intended.id());
      }
    } catch (IOException | RuntimeException again) {
      failed.addSuppressed(again);
      LOG.log(
          Level.WARNING,
          "container "
              + intended.record().label()
              + " could not be made, nor undone wholly; the rest is removed when it is made again,"
              + " or at the next start",
          again);
    }
  }

  private Optional<Fd> target(ContainerSpec spec, Sandbox sandbox) throws IOException {
    if (spec.security().namespaces().pid() != NamespaceMode.TARGET) {
      return Optional.empty();
    }
    Container target = get(spec.security().namespaces().targetId());
    if (!target.sandboxId().equals(sandbox.id())) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "the target container " + target.id() + " is in another pod");
    }
    return running(target).monitor().pidfd();
  }

  /** Opens the gate; when it returns, the container's command runs. */
  public void start(String id) throws IOException {
    String whole = get(id).id();
    keyed.hold(
        whole,
        () -> {
          adoption.reach(whole);
          start.start(get(whole));
          return null;
        });
  }

  /**
   * Ends a container: its stop signal, and after the grace period SIGKILL for all of it. Done
   * already, never started, or not there is fine. Interrupted, it leaves the container to itself.
   */
  public void stop(String id, Duration grace) throws IOException {
    stop(id, grace, new CompletableFuture<>());
  }

  /**
   * As {@link #stop(String, Duration)}, for one whose grace period may turn out to be shorter.
   *
   * @param cut completes when it is over before its time
   */
  public void stop(String id, Duration grace, CompletableFuture<?> cut) throws IOException {
    Optional<Container> found = find(id).filter(Container::mayRun);
    if (found.isEmpty()) {
      return;
    }
    Container container = found.get();
    if (!grace.isZero() && !grace.isNegative()) {
      Optional<LiveContainer> running = adoption.reachToEnd(container.id());
      if (running.isEmpty()) {
        adoption.askToEnd(container, grace, cut);
      } else {
        running.get().monitor().signal(container.record().stopSignal());
        if (running.get().awaitEnd(grace, cut)) {
          return;
        }
      }
    }
    kill(container);
  }

  /**
   * Done when a container has ended and that is on record; at once for one that was not started, or
   * is not there.
   */
  public CompletableFuture<Void> ended(String id) {
    return store.ended(id);
  }

  /** Kills what is there of it, which may still wait at the gate, and waits for its end. */
  void kill(Container container) throws IOException {
    Optional<LiveContainer> present = adoption.reachToEnd(container.id());
    if (present.isEmpty()) {
      adoption.giveUp(container.id());
      return;
    }
    ending.cgroup(container).kill();
    if (!present.get().awaitEnd(KILL_BOUND)) {
      throw new EngineException(
          Kind.DEADLINE_EXCEEDED,
          "container "
              + container.record().label()
              + " is still there "
              + KILL_BOUND.toSeconds()
              + " s after SIGKILL: a process of it hangs in the kernel");
    }
  }

  /** Removes a container, ending it first if it runs; one that is not there is fine. */
  public void remove(String id) throws IOException {
    Optional<Container> found = find(id);
    if (found.isEmpty()) {
      return;
    }
    String whole = found.get().id();
    stop(whole, Duration.ZERO);
    // One that waits at its gate is not stopped; its monitor must not outlive it either.
    if (adoption.reachToEnd(whole).isEmpty()) {
      adoption.giveUp(whole);
    }
    keyed.hold(
        whole,
        () -> {
          Optional<Container> present = store.exactly(whole);
          if (present.isPresent()) {
            removal.remove(present.get(), live.of(whole));
            live.remove(whole);
            events.publish(
                ContainerEvents.Kind.DELETED, whole, present.get().sandboxId(), clock.instant());
          }
          return null;
        });
  }

  /** Changes the limits of a container, also while it runs. */
  public void update(String id, Resources resources) throws IOException {
    String whole = get(id).id();
    keyed.hold(
        whole,
        () -> {
          Container container = get(whole);
          if (container.state() == Container.State.EXITED) {
            throw new EngineException(
                Kind.FAILED_PRECONDITION, "container " + container.record().label() + " has ended");
          }
          ending.cgroup(container).apply(resources);
          return store.saveRecord(
              container.with(
                  container
                      .record()
                      .withResources(MergedResources.of(container.spec().resources(), resources))));
        });
  }

  /** Every syscall that starts the container, on a line each. It must not have ended. */
  public List<String> plan(String id) throws IOException {
    Container container = get(id);
    Sandbox sandbox = sandboxes.get(container.sandboxId());
    Optional<Pause> pause = sandboxes.pause(sandbox.id());
    if (container.state() == Container.State.EXITED || pause.isEmpty()) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " has ended, and what its program named is gone; one that runs or waits has a plan");
    }
    return creation.plan(
        container,
        images.get(container.record().imageId()),
        sandbox,
        pause.get(),
        target(container.spec(), sandbox));
  }

  /** Opens the log's path again, after someone has moved the file away. */
  public void reopenLog(String id) throws IOException {
    running(get(id)).log().reopen();
  }

  /** By id, or by a prefix that only one has. */
  public Optional<Container> find(String id) {
    return store.find(id);
  }

  /** As {@link #find}, where one that is not there is an error. */
  public Container get(String id) {
    return find(id)
        .orElseThrow(
            () -> new EngineException(Kind.NOT_FOUND, "no container with id \"" + id + '"'));
  }

  /** Every container that was made wholly, in the order of the ids. */
  public List<Container> list() {
    return store.all().stream()
        .filter(container -> container.phase() != ContainerPhase.CREATING)
        .toList();
  }

  public List<Container> ofSandbox(String sandboxId) {
    return store.all().stream()
        .filter(container -> container.sandboxId().equals(sandboxId))
        .toList();
  }

  /** What this daemon holds of a container that runs; an error where it does not run. */
  LiveContainer running(Container container) throws IOException {
    return adoption
        .reach(container.id())
        .filter(running -> container.state() == Container.State.RUNNING)
        .orElseThrow(
            () ->
                new EngineException(
                    Kind.FAILED_PRECONDITION,
                    "container " + container.record().label() + " is not running"));
  }
}

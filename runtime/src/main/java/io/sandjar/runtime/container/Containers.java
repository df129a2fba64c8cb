package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.Signals;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.LaunchException;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Ids;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The containers of this node: what is done with one is done in turn, different ones at once. */
public final class Containers {
  private static final System.Logger LOG = System.getLogger(Containers.class.getName());

  /** A killed process that is still there then hangs in the kernel, on a dead disk say. */
  private static final Duration KILL_BOUND = Duration.ofSeconds(30);

  /** A full disk, say, may have room again. */
  private static final long END_RETRY_SECONDS = 5;

  private final ContainerStore store;
  private final Sandboxes sandboxes;
  private final Images images;
  private final ContainerCreation creation;
  private final ContainerEnding ending;
  private final ContainerRemoval removal;
  private final ContainerEvents events;
  private final BootId boot;
  private final Clock clock;
  private final Executor workers;
  private final ConcurrentHashMap<String, LiveContainer> live = new ConcurrentHashMap<>();
  private final Keyed keyed = new Keyed();
  private final Ids ids = new Ids();

  Containers(
      ContainerStore store,
      Sandboxes sandboxes,
      Images images,
      ContainerCreation creation,
      ContainerEnding ending,
      ContainerRemoval removal,
      ContainerEvents events,
      BootId boot,
      Clock clock,
      Executor workers) {
    this.store = store;
    this.sandboxes = sandboxes;
    this.images = images;
    this.creation = creation;
    this.ending = ending;
    this.removal = removal;
    this.events = events;
    this.boot = boot;
    this.clock = clock;
    this.workers = workers;
  }

  /** Makes a container in a sandbox, ready to be started. */
  public Container create(String sandboxId, ContainerSpec spec) throws IOException {
    Sandbox sandbox = sandboxes.get(sandboxId);
    if (!sandbox.isReady()) {
      throw ContainerCreation.notReady(sandbox);
    }
    check(spec, sandbox);
    Image image = images.get(spec.image().image());
    String id = ids.next();
    Optional<String> owner = store.reserveName(spec.name(), sandbox.spec().name(), id);
    if (owner.isPresent()) {
      throw new EngineException(
          Kind.ALREADY_EXISTS,
          "pod "
              + sandbox.spec().name()
              + " has a container "
              + spec.name().name()
              + " of attempt "
              + spec.name().attempt()
              + " already: "
              + owner.get());
    }
    Container created =
        keyed.hold(id, () -> createHeld(intended(id, spec, sandbox, image), image, sandbox));
    events.publish(ContainerEvents.Kind.CREATED, id, sandbox.id(), created.record().createdAt());
    return created;
  }

  private Container createHeld(Container intended, Image image, Sandbox sandbox)
      throws IOException {
    try {
      Pause pause =
          sandboxes.pause(sandbox.id()).orElseThrow(() -> ContainerCreation.notReady(sandbox));
      ContainerCreation.Made made =
          creation.make(intended, image, sandbox, pause, target(intended.spec(), sandbox));
      // Seen again only now: whoever stops the sandbox stops what is on record by then.
      if (!sandboxes.get(sandbox.id()).isReady()) {
        removal.remove(made.container(), Optional.of(made.live()));
        throw ContainerCreation.notReady(sandbox);
      }
      live.put(intended.id(), made.live());
      watch(intended.id(), made.live());
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
        removal.remove(known.get(), Optional.empty());
      } else {
        store.releaseName(intended.spec().name(), intended.record().pod(), intended.id());
      }
    } catch (IOException | RuntimeException again) {
      failed.addSuppressed(again);
      LOG.log(
          Level.WARNING,
          "container "
              + intended.record().label()
              + " could not be made, nor undone wholly; the rest is removed at the next start",
          again);
    }
  }

  private Container intended(String id, ContainerSpec spec, Sandbox sandbox, Image image) {
    List<String> views = new ArrayList<>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      if (spec.mounts().get(i).image().isPresent()) {
        views.add(ContainerCreation.viewId(id, i));
      }
    }
    String folder = sandbox.spec().logDirectory();
    String log = folder.isEmpty() || spec.logPath().isEmpty() ? "" : folder + '/' + spec.logPath();
    String reference =
        image.repoDigests().isEmpty() ? image.id().toString() : image.repoDigests().get(0);
    return new Container(
        new ContainerRecord(
            id,
            sandbox.id(),
            sandbox.spec().name(),
            spec,
            clock.instant(),
            sandbox.record().cgroupParent(),
            image.id().toString(),
            reference,
            ProcessUser.ROOT,
            List.of(),
            "",
            stopSignal(spec, image),
            log,
            views),
        new ContainerLife(
            ContainerPhase.CREATING, boot.value(), Optional.empty(), Optional.empty()),
        Optional.empty());
  }

  private static int stopSignal(ContainerSpec spec, Image image) {
    String name = spec.stopSignal().isEmpty() ? image.config().stopSignal() : spec.stopSignal();
    return name.isEmpty() ? Signals.SIGTERM : Signals.parse(name);
  }

  private static void check(ContainerSpec spec, Sandbox sandbox) {
    if (spec.security().privileged() && !sandbox.spec().security().privileged()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container "
              + spec.name().name()
              + " is privileged, but the sandbox of pod "
              + sandbox.spec().name()
              + " does not allow that");
    }
    if (!spec.security().namespaces().user().equals(sandbox.spec().namespaces().user())
        && spec.security().namespaces().user().isPresent()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container "
              + spec.name().name()
              + " wants another user namespace than pod "
              + sandbox.spec().name());
    }
  }

  private Optional<Fd> target(ContainerSpec spec, Sandbox sandbox) {
    if (spec.security().namespaces().pid() != NamespaceMode.TARGET) {
      return Optional.empty();
    }
    Container target = get(spec.security().namespaces().targetId());
    if (!target.sandboxId().equals(sandbox.id())) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "the target container " + target.id() + " is in another pod");
    }
    LiveContainer running = live.get(target.id());
    if (running == null || target.state() != Container.State.RUNNING) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION, "the target container " + target.id() + " is not running");
    }
    return running.monitor().pidfd();
  }

  /** Opens the gate; when it returns, the container's command runs. */
  public void start(String id) throws IOException {
    String whole = get(id).id();
    Container started = keyed.hold(whole, () -> startHeld(get(whole)));
    events.publish(
        ContainerEvents.Kind.STARTED,
        whole,
        started.sandboxId(),
        started.startedAt().orElseGet(clock::instant));
  }

  private Container startHeld(Container container) throws IOException {
    LiveContainer mine = live.get(container.id());
    if (container.phase() != ContainerPhase.CREATED || mine == null) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " cannot be started: it is "
              + container.phase().name().toLowerCase(java.util.Locale.ROOT));
    }
    Sandbox sandbox = sandboxes.get(container.sandboxId());
    if (!sandbox.isReady()) {
      throw ContainerCreation.notReady(sandbox);
    }
    Container starting = store.save(container.with(container.life().in(ContainerPhase.STARTING)));
    try {
      mine.monitor().start();
    } catch (LaunchException failed) {
      ending.failedToStart(starting, mine, failed);
      live.remove(container.id(), mine);
      throw new EngineException(
          failed.isOfCommand() ? Kind.INVALID_ARGUMENT : Kind.INTERNAL,
          "container " + container.record().label() + ": " + failed.getMessage(),
          failed);
    }
    Container running = store.save(starting.with(starting.life().started(clock.instant())));
    // Whoever stops the sandbox says so first: one of the two sees the other.
    if (!sandboxes.get(container.sandboxId()).isReady()) {
      ending.cgroup(running).kill();
      throw ContainerCreation.notReady(sandbox);
    }
    return running;
  }

  /**
   * Ends a container: its stop signal, and after the grace period SIGKILL for all of it. Done
   * already, never started, or not there is fine.
   */
  public void stop(String id, Duration grace) throws IOException {
    Optional<Container> found = find(id);
    if (found.isEmpty()) {
      return;
    }
    Container container = found.get();
    LiveContainer running = live.get(container.id());
    if (container.state() != Container.State.RUNNING || running == null) {
      return;
    }
    if (!grace.isZero() && !grace.isNegative()) {
      running.monitor().signal(container.record().stopSignal());
      if (await(running, grace)) {
        return;
      }
    }
    ending.cgroup(container).kill();
    if (!await(running, KILL_BOUND)) {
      throw new EngineException(
          Kind.DEADLINE_EXCEEDED,
          "container "
              + container.record().label()
              + " is still there "
              + KILL_BOUND.toSeconds()
              + " s after SIGKILL: a process of it hangs in the kernel");
    }
  }

  private static boolean await(LiveContainer running, Duration bound) {
    try {
      running.exited().get(bound.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
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
    keyed.hold(
        whole,
        () -> {
          Optional<Container> present = store.exactly(whole);
          if (present.isPresent()) {
            removal.remove(present.get(), Optional.ofNullable(live.remove(whole)));
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
  LiveContainer running(Container container) {
    LiveContainer running = live.get(container.id());
    if (container.state() != Container.State.RUNNING || running == null) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION, "container " + container.record().label() + " is not running");
    }
    return running;
  }

  /** Takes over a container of an earlier daemon. */
  void adopt(Container container, LiveContainer adopted) {
    live.put(container.id(), adopted);
    watch(container.id(), adopted);
  }

  Collection<LiveContainer> allLive() {
    return live.values();
  }

  private void watch(String id, LiveContainer watched) {
    watched
        .monitor()
        .exit()
        .exceptionally(
            lost -> ExitStatus.unknown("its end could not be read: " + lost, clock.instant()))
        .thenAcceptAsync(status -> exited(id, watched, status), workers);
  }

  private void exited(String id, LiveContainer watched, ExitStatus status) {
    try {
      keyed.hold(
          id,
          () -> {
            Optional<Container> container = store.exactly(id);
            // One that is removed, or failed to start, is dealt with by who did that.
            if (container.isPresent() && live.get(id) == watched) {
              ending.ended(container.get(), watched, status);
              live.remove(id, watched);
            }
            return null;
          });
    } catch (IOException | RuntimeException failed) {
      LOG.log(
          Level.ERROR,
          "the end of container " + id + " could not be dealt with; it is tried again",
          failed);
      CompletableFuture.delayedExecutor(END_RETRY_SECONDS, TimeUnit.SECONDS, workers)
          .execute(() -> exited(id, watched, status));
    }
  }
}

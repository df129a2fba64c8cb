package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.DiskSync;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.Ids;
import io.sandjar.runtime.state.Keyed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The pod sandboxes of this node: what is done with one is done in turn, different ones at once.
 */
public final class Sandboxes {
  private final SandboxStore store;
  private final SandboxStart start;
  private final SandboxTeardown teardown;
  private final SandboxRecovery recovery;
  private final CgroupDriver cgroups;
  private final Pauses pauses;
  private final String defaultCgroup;
  private final BootId boot;
  private final Clock clock;
  private final Executor workers;
  private final SandboxListener listener;
  private final Keyed keyed = new Keyed();
  private final Ids ids = new Ids();

  /**
   * @param root for what survives a reboot
   * @param state for what does not
   * @param defaultCgroup under which pods go that name no parent of their own
   * @param workers run any number of tasks at once: some wait for others
   * @param steps is told how long each step of a sandbox's start and stop took
   */
  public Sandboxes(
      Path root,
      Path state,
      String defaultCgroup,
      PodNetwork network,
      CgroupDriver cgroups,
      Launcher launcher,
      SeccompFilters seccomp,
      ResolvConf resolvConf,
      BootId boot,
      Clock clock,
      Executor workers,
      DiskSync disk,
      SandboxListener listener,
      Timings steps,
      Failpoints failpoints) {
    this.store = new SandboxStore(root, state, disk, failpoints);
    this.pauses = new Pauses(launcher, seccomp);
    var podCgroups = new PodCgroups(store, cgroups, failpoints);
    this.teardown =
        new SandboxTeardown(store, network, cgroups, podCgroups, pauses, steps, failpoints);
    this.start =
        new SandboxStart(
            store,
            network,
            cgroups,
            podCgroups,
            pauses,
            resolvConf,
            teardown,
            workers,
            steps,
            failpoints);
    this.cgroups = cgroups;
    this.defaultCgroup = defaultCgroup;
    this.recovery =
        new SandboxRecovery(store, teardown, pauses, cgroups, this::ownParent, network, boot);
    this.boot = boot;
    this.clock = clock;
    this.workers = workers;
    this.listener = listener;
  }

  /** Makes a sandbox with all it needs; when it returns, containers can be made in it. */
  public Sandbox run(SandboxSpec spec) throws IOException {
    String id = ids.next();
    Optional<String> owner = store.reserveName(spec.name(), id);
    if (owner.isPresent() && removeRemains(owner.get())) {
      owner = store.reserveName(spec.name(), id);
    }
    if (owner.isPresent()) {
      throw new EngineException(
          Kind.ALREADY_EXISTS,
          "pod "
              + spec.name()
              + " has the sandbox "
              + owner.get()
              + " for attempt "
              + spec.name().attempt()
              + " already; remove it first or count the attempt up");
    }
    try {
      Sandbox ready = keyed.hold(id, () -> start.start(intended(id, spec)));
      listener.ready(ready);
      watch(ready);
      return ready;
    } catch (IOException | RuntimeException failed) {
      if (store.exactly(id).isEmpty()) {
        store.releaseName(spec.name(), id);
      }
      throw failed;
    }
  }

  /** One that failed and could not be undone then must not keep its name from a second attempt. */
  private boolean removeRemains(String id) throws IOException {
    return keyed.hold(
        id,
        () -> {
          Optional<Sandbox> found = store.exactly(id);
          // Whoever was at work on it would hold the lock.
          if (found.isPresent() && !found.get().isWhole()) {
            teardown.discard(found.get());
            return true;
          }
          return found.isEmpty();
        });
  }

  private Sandbox intended(String id, SandboxSpec spec) {
    String parent = spec.cgroupParent().isEmpty() ? ownParent(id) : spec.cgroupParent();
    // What is no path is refused here: from a record of it nothing could be undone.
    cgroups.parentAt(parent);
    return new Sandbox(
        new SandboxRecord(id, spec, clock.instant(), parent, false),
        new SandboxLife(SandboxPhase.CREATING, boot.value(), Optional.empty(), Map.of()),
        store.filesOf(id));
  }

  /** The cgroup of a pod that names none. */
  private String ownParent(String id) {
    return defaultCgroup + "/pod" + id;
  }

  /**
   * Says that the sandbox is going to stop: from now on no container can be made in it. Its
   * containers are to be stopped before {@link #stop}.
   */
  public void announceStop(String id) throws IOException {
    noLongerReady(id);
  }

  /** The sandbox as it is from now on, if it was ready. */
  private Optional<Sandbox> noLongerReady(String id) throws IOException {
    return keyed.hold(
        id,
        () -> {
          Sandbox sandbox = get(id);
          return sandbox.isReady()
              ? Optional.of(store.save(sandbox.with(sandbox.life().in(SandboxPhase.STOPPING))))
              : Optional.empty();
        });
  }

  /** Ends the sandbox and takes it off the network; done already is fine. */
  public void stop(String id) throws IOException {
    keyed.hold(
        id,
        () -> {
          Sandbox sandbox = get(id);
          if (sandbox.life().phase() != SandboxPhase.STOPPED) {
            teardown.stop(sandbox);
          }
          return null;
        });
  }

  /** Removes a sandbox that is stopped; one that is not there is fine. */
  public void remove(String id) throws IOException {
    keyed.hold(
        id,
        () -> {
          Optional<Sandbox> found = store.exactly(id);
          if (found.isPresent()) {
            teardown.remove(found.get());
          }
          return null;
        });
  }

  /** Changes the limits of the pod as a whole. */
  public void update(String id, Optional<Resources> overhead, Optional<Resources> resources)
      throws IOException {
    keyed.hold(
        id,
        () -> {
          Sandbox sandbox = get(id);
          if (!sandbox.isReady()) {
            throw new EngineException(
                Kind.FAILED_PRECONDITION, "sandbox " + id + " is not running");
          }
          // A cgroup that someone else made, as the kubelet does, has its limits from there.
          if (sandbox.record().ownsCgroup() && resources.isPresent()) {
            cgroups.parentAt(sandbox.record().cgroupParent()).apply(resources.get());
          }
          SandboxSpec spec = sandbox.spec().withResources(overhead, resources);
          return store.saveRecord(sandbox.with(sandbox.record().withSpec(spec)));
        });
  }

  /** By id, or by a prefix that only one has. */
  public Optional<Sandbox> find(String id) {
    return store.find(id);
  }

  /** As {@link #find}, where one that is not there is an error. */
  public Sandbox get(String id) {
    return find(id)
        .orElseThrow(() -> new EngineException(Kind.NOT_FOUND, "no sandbox with id \"" + id + '"'));
  }

  /** Every sandbox that was made wholly, in the order of the ids. */
  public List<Sandbox> list() {
    return store.all().stream()
        .filter(sandbox -> sandbox.life().phase() != SandboxPhase.CREATING)
        .toList();
  }

  /** Takes over what an earlier daemon left. To be called once, before anything else. */
  public void recover() throws IOException {
    recovery.recover();
    for (Sandbox sandbox : list()) {
      watch(sandbox);
    }
  }

  /** A pause that ends by itself takes the namespaces with it: the sandbox is no longer ready. */
  private void pauseEnded(String id) {
    try {
      if (store.exactly(id).isPresent()) {
        noLongerReady(id).ifPresent(listener::ended);
      }
    } catch (EngineException gone) {
      // Removed meanwhile: nothing to announce.
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  /** The process that holds the namespaces, while the sandbox runs. */
  public Optional<Pause> pause(String id) {
    return pauses.of(id);
  }

  private void watch(Sandbox sandbox) {
    pauses
        .of(sandbox.id())
        .ifPresent(pause -> pause.ended().thenRunAsync(() -> pauseEnded(sandbox.id()), workers));
  }
}

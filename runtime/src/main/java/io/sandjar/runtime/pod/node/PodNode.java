package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.ContainerEvents;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.env.Environment;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.plan.ContainerPlan;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.plan.SandboxPlan;
import io.sandjar.runtime.pod.qos.ResourceLimits;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Change;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import io.sandjar.runtime.pod.store.Watch;
import io.sandjar.runtime.pod.volume.PodVolumes;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The standalone node: runs the pods of the store, as a scheduler and a kubelet together would. */
public final class PodNode implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PodNode.class.getName());
  private static final long HOUSEKEEPING_SECONDS = 60;
  private static final long LOG_UPKEEP_SECONDS = 10;

  /** A look into a folder costs little, and a person who put a file there is waiting. */
  private static final long STATIC_PODS_SECONDS = 1;

  private final NodeSetup setup;
  private final ObjectStore store;
  private final PodEngine engine;
  private final InstantSource clock;
  private final Executor workers;
  private final EventRecorder events;
  private final NodeObject node;
  private final Namespaces namespaces;
  private final PodVolumes volumes;
  private final ImagePulls pulls;
  private final Termination termination;
  private final TerminationMessages messages;
  private final PodLook look;
  private final PodProbes probes;
  private final LogUpkeep logs;
  private final StaticPods staticPods;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "pod-timer");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, PodWorker> pods = new ConcurrentHashMap<>();
  private final Map<String, Cancellation> cancellations = new ConcurrentHashMap<>();
  private Watch watch;
  private AutoCloseable subscription;

  public PodNode(NodeSetup setup) {
    this.setup = setup;
    this.store = setup.store();
    this.engine = setup.engine();
    this.clock = setup.clock();
    this.workers = setup.workers();
    this.events = new EventRecorder(store, setup.facts().name(), clock);
    this.node = new NodeObject(setup.facts(), store, setup.obstacle(), clock);
    this.namespaces = new Namespaces(setup.schema(), store);
    var settings = new Settings(store);
    var resources = new ResourceFields(node.allocatable());
    var limits = new ResourceLimits(setup.facts().memoryBytes());
    this.volumes = new PodVolumes(setup.folders(), settings, resources);
    this.pulls = new ImagePulls(setup.images(), new PullSecrets(settings), events, clock);
    var hooks = new LifecycleHooks(engine, events, workers);
    var environment = new Environment(settings, resources);
    this.termination = new Termination(engine, hooks, events, workers, clock);
    this.messages = new TerminationMessages(setup.folders());
    this.probes = new PodProbes(engine, setup.loops(), events, workers, clock);
    this.logs = new LogUpkeep(engine, setup.logRotation());
    this.staticPods =
        new StaticPods(
            setup.manifests(),
            setup.facts().name(),
            setup.schema().kind("Pod").orElseThrow(),
            new Admission(setup.schema()),
            store);
    this.look =
        new PodLook(
            engine,
            volumes,
            new SandboxPlan(setup.folders(), limits, setup.cgroupRoot()),
            new ContainerStarter(
                engine,
                pulls,
                new ContainerPlan(setup.folders(), limits, environment, volumes),
                hooks,
                events,
                clock),
            termination,
            events,
            clock);
  }

  /** Takes the pods up. The engine has recovered before. */
  public void start() throws IOException {
    namespaces.makePermanent();
    node.refresh();
    watch = store.watch(change -> true);
    subscription = engine.events().subscribe(this::engineEvent, this::lookAtAll);
    for (Map<String, Object> pod : store.list("Pod", "").objects()) {
      worker(pod).wake();
    }
    removeOrphans();
    var thread = new Thread(this::follow, "pod-watch");
    thread.setDaemon(true);
    thread.start();
    every(HOUSEKEEPING_SECONDS, this::keepHouse);
    every(LOG_UPKEEP_SECONDS, logs::rotate);
    every(STATIC_PODS_SECONDS, this::scanStaticPods);
  }

  private void every(long seconds, Runnable task) {
    timer.scheduleWithFixedDelay(() -> workers.execute(task), seconds, seconds, TimeUnit.SECONDS);
  }

  private void scanStaticPods() {
    try {
      staticPods.scan();
    } catch (IOException | EngineException e) {
      LOG.log(Level.WARNING, "cannot read the static pods: " + e.getMessage());
    }
  }

  /** Ends what the engine has of pods that are in no store any more. */
  private void removeOrphans() {
    for (Sandbox sandbox : engine.sandboxes().list()) {
      String uid = sandbox.spec().labels().getOrDefault(PodLabels.POD_UID, "");
      if (PodState.isOwn(sandbox) && !pods.containsKey(uid)) {
        workers.execute(() -> removeOrphan(uid));
      }
    }
  }

  private void removeOrphan(String uid) {
    try {
      termination.clear(PodState.of(engine, uid), true);
      volumes.remove(uid);
    } catch (IOException | EngineException e) {
      LOG.log(Level.WARNING, "cannot remove what is left of the pod with uid " + uid, e);
    }
  }

  private void follow() {
    try {
      while (!watch.isClosed()) {
        Optional<Change> change = watch.next(60_000);
        change.ifPresent(this::changed);
        if (watch.isOverrun()) {
          watch.close();
          watch = store.watch(any -> true);
          lookAtAll();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void changed(Change change) {
    switch (change.key().kind()) {
      case "Pod" -> podChanged(change);
      // A pod may wait for a label of the node, or for settings.
      case "Node" -> pendingPods().forEach(PodWorker::wake);
      case "ConfigMap", "Secret" ->
          pods.values().stream()
              .filter(worker -> worker.key().namespace().equals(change.key().namespace()))
              .forEach(PodWorker::wake);
      default -> {}
    }
    if (Namespaces.concerns(change)) {
      workers.execute(namespaces::collect);
    }
  }

  private void podChanged(Change change) {
    PodWorker worker = worker(change.object());
    boolean forced = change.type() == Change.Type.DELETED;
    boolean going = Trees.object(change.object(), "metadata").containsKey("deletionTimestamp");
    if (forced || going) {
      cancellation(worker.uid()).cancel(EngineException.Kind.CANCELLED, "the pod is being deleted");
    }
    if (forced) {
      workers.execute(() -> killAll(worker.uid()));
    }
    worker.wake();
  }

  /** A pod that is deleted without grace: what waits for its end need wait no longer. */
  private void killAll(String uid) {
    PodState.of(engine, uid)
        .running()
        .forEach(
            container -> {
              try {
                engine.containers().stop(container.id(), Duration.ZERO);
              } catch (IOException | EngineException e) {
                LOG.log(Level.DEBUG, "container " + container.id() + " could not be killed", e);
              }
            });
  }

  private List<PodWorker> pendingPods() {
    return pods.values().stream()
        .filter(
            worker ->
                store
                    .find(worker.key())
                    .filter(
                        pod -> Trees.string(Trees.object(pod, "spec"), "nodeName", "").isEmpty())
                    .isPresent())
        .toList();
  }

  private void engineEvent(ContainerEvents.Event event) {
    engine
        .sandboxes()
        .find(event.sandboxId())
        .map(sandbox -> sandbox.spec().labels().get(PodLabels.POD_UID))
        .map(pods::get)
        .ifPresent(PodWorker::wake);
  }

  private void lookAtAll() {
    pods.values().forEach(PodWorker::wake);
  }

  private PodWorker worker(Map<String, Object> pod) {
    String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
    return pods.computeIfAbsent(
        uid, missing -> new PodWorker(ObjectKey.of(pod), uid, this::lookAt, workers, timer, clock));
  }

  private Cancellation cancellation(String uid) {
    return cancellations.computeIfAbsent(uid, missing -> new Cancellation());
  }

  private Optional<Instant> lookAt(PodWorker worker) throws IOException {
    Optional<Map<String, Object>> found =
        store
            .find(worker.key())
            .filter(pod -> worker.uid().equals(Trees.object(pod, "metadata").get("uid")));
    if (found.isEmpty()) {
      bury(worker);
      return Optional.empty();
    }
    Map<String, Object> pod = found.get();
    Map<String, Object> metadata = Trees.object(pod, "metadata");
    if (metadata.containsKey("deletionTimestamp")) {
      endGracefully(pod, worker);
      return Optional.empty();
    }
    String phase = Trees.string(Trees.object(pod, "status"), "phase", "Pending");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      PodState state = PodState.of(engine, worker.uid());
      termination.endAll(pod, state, Duration.ofSeconds(30));
      termination.clear(state, false);
      writeStatus(pod, worker);
      return Optional.empty();
    }
    if (!isBound(pod)) {
      return Optional.empty();
    }
    Optional<Instant> next = deadline(pod, worker);
    if (next.isPresent() && next.get().isBefore(clock.instant())) {
      return Optional.of(clock.instant());
    }
    probes.follow(pod, PodState.of(engine, worker.uid()), worker);
    writeStatus(pod, worker);
    Optional<Instant> wakeUp = look.advance(pod, worker, cancellation(worker.uid()));
    probes.follow(pod, PodState.of(engine, worker.uid()), worker);
    writeStatus(pod, worker);
    return earlier(next, wakeUp);
  }

  private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
    return a.isEmpty() ? b : b.isEmpty() || a.get().isBefore(b.get()) ? a : b;
  }

  /** Binds a pod to the node if it fits. */
  private boolean isBound(Map<String, Object> pod) {
    String bound = Trees.string(Trees.object(pod, "spec"), "nodeName", "");
    if (!bound.isEmpty()) {
      return bound.equals(setup.facts().name());
    }
    synchronized (node) {
      List<Map<String, Object>> others =
          store.list("Pod", "").objects().stream()
              .filter(other -> !ObjectKey.of(other).equals(ObjectKey.of(pod)))
              .filter(other -> !Trees.string(Trees.object(other, "spec"), "nodeName", "").isEmpty())
              .filter(
                  other ->
                      !List.of("Succeeded", "Failed")
                          .contains(Trees.string(Trees.object(other, "status"), "phase", "")))
              .toList();
      Optional<String> obstacle = Scheduler.obstacle(pod, node.get(), others);
      store.update(ObjectKey.of(pod), Durability.DAEMON, object -> scheduled(object, obstacle));
      if (obstacle.isPresent()) {
        events.warning(pod, "FailedScheduling", obstacle.get());
        return false;
      }
    }
    events.normal(
        pod,
        "Scheduled",
        "Successfully assigned "
            + ObjectKey.of(pod).namespace()
            + "/"
            + ObjectKey.of(pod).name()
            + " to "
            + setup.facts().name());
    // The change of the object wakes the worker again.
    return false;
  }

  private Map<String, Object> scheduled(Map<String, Object> pod, Optional<String> obstacle) {
    Map<String, Object> status = Trees.objectIn(pod, "status");
    if (obstacle.isEmpty()) {
      Trees.objectIn(pod, "spec").put("nodeName", setup.facts().name());
      return pod;
    }
    status.put("phase", "Pending");
    status.put(
        "conditions",
        List.of(
            PodStatus.condition(
                status, "PodScheduled", false, "Unschedulable", obstacle.get(), clock.instant())));
    return pod;
  }

  /** When activeDeadlineSeconds is over; fails the pod if that is now. */
  private Optional<Instant> deadline(Map<String, Object> pod, PodWorker worker) {
    Optional<Long> seconds = Trees.number(Trees.object(pod, "spec"), "activeDeadlineSeconds");
    Optional<String> start = Trees.string(Trees.object(pod, "status"), "startTime");
    if (seconds.isEmpty() || start.isEmpty()) {
      return Optional.empty();
    }
    Instant end = Instant.parse(start.get()).plusSeconds(seconds.get());
    if (clock.instant().isBefore(end)) {
      return Optional.of(end);
    }
    fail(
        worker.key(),
        "DeadlineExceeded",
        "Pod was active on the node longer than the specified deadline");
    events.normal(
        pod, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
    return Optional.of(Instant.EPOCH);
  }

  private void fail(ObjectKey key, String reason, String message) {
    store.update(
        key,
        Durability.DAEMON,
        pod -> {
          Map<String, Object> status = Trees.objectIn(pod, "status");
          status.put("phase", "Failed");
          status.put("reason", reason);
          status.put("message", message);
          return pod;
        });
  }

  private void endGracefully(Map<String, Object> pod, PodWorker worker) throws IOException {
    long grace =
        Trees.number(Trees.object(pod, "metadata"), "deletionGracePeriodSeconds").orElse(30L);
    PodState state = PodState.of(engine, worker.uid());
    probes.podIsEnding(worker.uid());
    termination.endAll(pod, state, Duration.ofSeconds(grace));
    writeStatus(pod, worker);
    bury(worker);
    if (Trees.strings(Trees.object(pod, "metadata"), "finalizers").isEmpty()
        && store.find(worker.key()).isPresent()) {
      store.delete(worker.key(), Durability.POWER_CUT);
    }
  }

  /** Removes all that the node has of a pod. */
  private void bury(PodWorker worker) throws IOException {
    probes.stopAll(worker.uid());
    termination.clear(PodState.of(engine, worker.uid()), true);
    volumes.remove(worker.uid());
    pulls.forget(worker.uid());
    cancellations.remove(worker.uid());
    worker.end();
    pods.remove(worker.uid(), worker);
  }

  private void writeStatus(Map<String, Object> seen, PodWorker worker) {
    PodState state = PodState.of(engine, worker.uid());
    try {
      store.update(
          worker.key(),
          Durability.DAEMON,
          pod -> {
            if (worker.uid().equals(Trees.object(pod, "metadata").get("uid"))) {
              pod.put(
                  "status",
                  new PodStatus(pod, state, worker.memory(), messages, clock.instant())
                      .tree(setup.facts().addresses()));
            }
            return pod;
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
      LOG.log(Level.DEBUG, () -> ObjectKey.of(seen) + " was deleted meanwhile");
    }
  }

  private void keepHouse() {
    try {
      node.refresh();
      events.forgetOld();
      lookAtAll();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "housekeeping failed; it is tried again", e);
    }
  }

  /** Stops looking; every pod goes on. */
  @Override
  public void close() {
    timer.shutdownNow();
    probes.close();
    if (watch != null) {
      watch.close();
    }
    if (subscription != null) {
      try {
        subscription.close();
      } catch (Exception e) {
        throw new IllegalStateException("unsubscribe from the engine's events", e);
      }
    }
    pods.values().forEach(PodWorker::end);
  }
}

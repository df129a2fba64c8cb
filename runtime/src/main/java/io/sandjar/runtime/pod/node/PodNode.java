package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.ContainerEvents;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.env.Environment;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.plan.ContainerPlan;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.plan.SandboxPlan;
import io.sandjar.runtime.pod.probe.ProbeRunner;
import io.sandjar.runtime.pod.qos.ResourceLimits;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Change;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.Watch;
import io.sandjar.runtime.pod.volume.PodVolumes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The standalone node: runs the pods of the store, as a scheduler and a kubelet together would. */
public final class PodNode implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PodNode.class.getName());
  private static final long HOUSEKEEPING_SECONDS = 60;
  private static final long DISK_SECONDS = 10;
  private static final long IMAGES_SECONDS = 300;

  /** A look into a folder costs little, and a person who put a file there is waiting. */
  private static final long STATIC_PODS_SECONDS = 1;

  private final ObjectStore store;
  private final PodFolders folders;
  private final PodEngine engine;
  private final Executor workers;
  private final EventRecorder events;
  private final NodeObject node;
  private final Namespaces namespaces;
  private final StatusWriter status;
  private final PodProbes probes;
  private final PodLife life;
  private final LogUpkeep logs;
  private final Evictions evictions;
  private final ImageGarbage images;
  private final StaticPods staticPods;
  private final WouldBePods wouldBe;
  private final InstantSource clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "pod-timer");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, PodWorker> pods = new ConcurrentHashMap<>();
  private volatile Watch watch;
  private AutoCloseable subscription;

  public PodNode(NodeSetup setup) {
    this.store = setup.store();
    this.folders = setup.folders();
    this.engine = setup.engine();
    this.clock = setup.clock();
    this.workers = setup.workers();
    this.events = new EventRecorder(store, setup.facts().name(), clock);
    this.node = new NodeObject(setup.facts(), store, setup.obstacle(), clock);
    this.namespaces = new Namespaces(setup.schema(), store);
    this.status =
        new StatusWriter(
            store,
            engine,
            new TerminationMessages(setup.folders()),
            setup.facts().addresses(),
            clock);
    this.probes = new PodProbes(engine, setup.loops(), events, status, workers, clock);
    this.logs = new LogUpkeep(engine, setup.logRotation());
    this.images =
        new ImageGarbage(
            setup.images(), this::servesKubelet, setup.imageDisk(), node, events, clock);
    this.staticPods =
        new StaticPods(
            setup.manifests(),
            setup.facts().name(),
            setup.schema().kind("Pod").orElseThrow(),
            new Admission(setup.schema()),
            store);
    var settings = new Settings(store);
    var resources = new ResourceFields(node.allocatable());
    var volumes = new PodVolumes(setup.folders(), settings, resources);
    var failures = new PodFailures(store, events, clock);
    this.evictions = new Evictions(store, engine, volumes, failures);
    var users = new UserRanges(engine, List.of(Path.of("/etc/subuid"), Path.of("/etc/subgid")));
    this.life = life(setup, settings, resources, volumes, users, failures);
    this.wouldBe = new WouldBePods(setup, settings, resources, volumes, users, this::removeOrphan);
  }

  private PodLife life(
      NodeSetup setup,
      Settings settings,
      ResourceFields resources,
      PodVolumes volumes,
      UserRanges users,
      PodFailures failures) {
    var limits = new ResourceLimits(setup.facts().memoryBytes());
    var pulls = new ImagePulls(setup.images(), new PullSecrets(settings), events, clock);
    var hooks =
        new LifecycleHooks(engine, events, new ProbeRunner(setup.loops(), "kube-lifecycle/1.32"));
    var termination = new Termination(engine, hooks, events, workers);
    var environment = new Environment(settings, resources);
    var plan = new ContainerPlan(setup.folders(), limits, environment, volumes);
    var starter = new ContainerStarter(engine, pulls, plan, hooks, events, clock);
    var look =
        new PodLook(
            engine,
            volumes,
            new SandboxPlan(setup.folders(), limits, setup.cgroupRoot(), setup.resolvConf()),
            users,
            new ContainerRound(engine, starter, termination, events, clock),
            termination,
            failures,
            events,
            clock);
    return new PodLife(
        store,
        engine,
        new Binding(store, node, events, clock),
        look,
        probes,
        termination,
        failures,
        volumes,
        pulls,
        users,
        status,
        clock);
  }

  /** What of pods that are not there can be told. */
  public WouldBePods wouldBe() {
    return wouldBe;
  }

  /** Takes the pods up. The engine has recovered before. */
  public void start() throws IOException {
    try {
      namespaces.makePermanent();
      node.refresh();
      // An earlier daemon may have ended between the mark of a namespace and its end.
      namespaces.collect();
    } catch (RuntimeException refused) {
      // What an earlier start has written will do until the next round.
      LOG.log(Level.WARNING, "the node's own objects are not up to date: " + refused.getMessage());
    }
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
    every(DISK_SECONDS, logs::rotate);
    every(DISK_SECONDS, evictions::check);
    every(IMAGES_SECONDS, images::collect);
    every(STATIC_PODS_SECONDS, this::scanStaticPods);
  }

  /** A round that takes longer than the interval is not overtaken by the next one. */
  private void every(long seconds, Runnable task) {
    var busy = new AtomicBoolean();
    Runnable round =
        () -> {
          try {
            task.run();
          } finally {
            busy.set(false);
          }
        };
    timer.scheduleWithFixedDelay(
        () -> {
          if (busy.compareAndSet(false, true)) {
            workers.execute(round);
          }
        },
        seconds,
        seconds,
        TimeUnit.SECONDS);
  }

  private void scanStaticPods() {
    try {
      staticPods.scan();
    } catch (IOException | EngineException e) {
      LOG.log(Level.WARNING, "cannot read the static pods: " + e.getMessage());
    }
  }

  private boolean servesKubelet() {
    return !engine.sandboxes().list().stream().allMatch(PodState::isOwn);
  }

  /** Ends what the engine and the disk have of pods that are in no store any more. */
  private void removeOrphans() throws IOException {
    Set<String> uids = new HashSet<>(folders.uids());
    engine.sandboxes().list().stream()
        .filter(PodState::isOwn)
        .forEach(sandbox -> uids.add(sandbox.spec().labels().get(PodLabels.POD_UID)));
    uids.removeAll(pods.keySet());
    uids.forEach(uid -> workers.execute(() -> removeOrphan(uid)));
  }

  private void removeOrphan(String uid) {
    try {
      life.remove(uid);
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
    boolean forced = change.type() == Change.Type.DELETED;
    look(change.object(), forced ? Optional.of(Duration.ZERO) : PodLife.grace(change.object()));
    if (forced || PodStatus.hasEnded(change.object())) {
      // There is room again.
      pendingPods().forEach(PodWorker::wake);
    }
  }

  /**
   * @param ending what its containers are given, if it is ending
   */
  private void look(Map<String, Object> pod, Optional<Duration> ending) {
    PodWorker worker = worker(pod);
    if (ending.isPresent() && !worker.hasEnded()) {
      life.isEnding(worker.uid(), ending.get());
    }
    worker.wake();
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

  /** Also at those of which no change was seen. */
  private void lookAtAll() {
    store.list("Pod", "").objects().forEach(pod -> look(pod, PodLife.grace(pod)));
    pods.values().forEach(PodWorker::wake);
  }

  private PodWorker worker(Map<String, Object> pod) {
    String uid = PodState.uid(pod);
    return pods.computeIfAbsent(
        uid, missing -> new PodWorker(ObjectKey.of(pod), uid, this::lookAt, workers, timer, clock));
  }

  private Optional<Instant> lookAt(PodWorker worker) throws IOException {
    Optional<Instant> next = life.at(worker);
    if (worker.hasEnded()) {
      pods.remove(worker.uid(), worker);
      life.forget(worker.uid());
      // What changed since found a worker that looks no more.
      store
          .find(worker.key())
          .filter(pod -> worker.uid().equals(PodState.uid(pod)) && PodLife.isUnfinished(pod))
          .ifPresent(pod -> worker(pod).wake());
    }
    return next;
  }

  private void keepHouse() {
    try {
      node.refresh();
      events.forgetOld();
      lookAtAll();
      namespaces.collect();
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

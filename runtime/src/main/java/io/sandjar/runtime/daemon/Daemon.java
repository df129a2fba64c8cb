package io.sandjar.runtime.daemon;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sandjar.cri.v1.CgroupDriver;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.api.HealthRoutes;
import io.sandjar.runtime.api.HttpServer;
import io.sandjar.runtime.api.ImageRoutes;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.api.machine.ContainerLogs;
import io.sandjar.runtime.api.machine.ContainerRoutes;
import io.sandjar.runtime.api.machine.ContainerSessions;
import io.sandjar.runtime.api.machine.DiskUse;
import io.sandjar.runtime.api.machine.Finder;
import io.sandjar.runtime.api.machine.HandMade;
import io.sandjar.runtime.api.machine.PlanRoutes;
import io.sandjar.runtime.api.machine.SandboxRoutes;
import io.sandjar.runtime.api.machine.SystemRoutes;
import io.sandjar.runtime.cri.CheckpointCalls;
import io.sandjar.runtime.cri.Condition;
import io.sandjar.runtime.cri.ConfigDocuments;
import io.sandjar.runtime.cri.CriServer;
import io.sandjar.runtime.cri.ImageCalls;
import io.sandjar.runtime.cri.NodeFeatures;
import io.sandjar.runtime.cri.PodCidrCalls;
import io.sandjar.runtime.cri.PullCalls;
import io.sandjar.runtime.cri.RpcFamily;
import io.sandjar.runtime.cri.RpcMetrics;
import io.sandjar.runtime.cri.StatusCalls;
import io.sandjar.runtime.cri.VersionCalls;
import io.sandjar.runtime.daemon.doctor.Doctor;
import io.sandjar.runtime.image.ImageSettings;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.SocketFile;
import io.sandjar.runtime.linux.launch.CoreDumps;
import io.sandjar.runtime.linux.launch.KernelFeatures;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.RecordJson;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The composition root: constructs every part of the engine with what it needs, starts the servers
 * over them, and closes all in reverse. Closing never touches a container.
 */
public final class Daemon implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Daemon.class.getName());

  /** The kernel's own word, which needs no name service. */
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  /** One event loop moves bytes for all servers; whatever may block runs on a worker. */
  private static final int EVENT_LOOPS = 1;

  private static final long WORKER_GRACE_SECONDS = 5;
  private static final long WORKER_REST_SECONDS = 1;
  private static final int WORKERS_KEPT = 2;

  private final Config config;
  private final Build build;
  private final Failpoints failpoints;
  private NodeNetwork network;
  private NodeEngine engine;
  private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();

  private Daemon(Config config, Build build, Failpoints failpoints) {
    this.config = config;
    this.build = build;
    this.failpoints = failpoints;
  }

  /** Starts everything; what was started is closed again where a part fails. */
  public static Daemon start(Config config, Build build) throws Exception {
    return start(config, build, Failpoints.OFF);
  }

  /** As {@link #start(Config, Build)}, for a test that lets it fail at a point. */
  static Daemon start(Config config, Build build, Failpoints failpoints) throws Exception {
    var daemon = new Daemon(config, build, failpoints);
    try {
      daemon.start();
      return daemon;
    } catch (Exception | LinkageError e) {
      daemon.close();
      throw e;
    }
  }

  private void start() throws Exception {
    opened(RootLock.acquire(config.root()));
    AtomicFile.sweep(config.root());
    CoreDumps.forbid();
    var workers = workers();
    var loops = loops();
    network = opened(NodeNetwork.open(config.network(), nodeName(), config.root()));

    var images = new Images(imageSettings(), workers);
    engine = opened(NodeEngine.open(config, network.network(), images, workers, failpoints));
    // Before the API, none of which a kubelet waits for.
    var info = new NodeInfo(config, build, nodeName(), network.network(), engine.engine(), images);
    var rpcs = new RpcMetrics();
    var cri =
        opened(
            new CriServer(
                new SocketFile(config.listen()), families(images, info), loops, workers, rpcs));
    cri.start();

    var health = new HealthRoutes(build).metric(rpcs::writeTo);
    health.metric(engine.steps()::writeTo);
    health.metric(images.pullTimes()::writeTo);
    var router = new Router();
    health.addTo(router);
    new ImageRoutes(images).addTo(router);
    network.addTo(router);
    machineRoutes(router, images, info, workers);
    health.check("runtime", () -> missing(runtimeCondition()));
    health.check("network", () -> missing(networkCondition()));

    var node =
        opened(
            new StandaloneNode(
                config,
                build,
                nodeName(),
                NodeAddresses.of(config.network().nodeAddress(), network.settings().bridge()),
                engine.engine(),
                images,
                () -> missing(networkCondition()),
                loops,
                workers));
    node.start(router);

    var http = opened(new HttpServer(router, loops, workers));
    http.listen(new SocketFile(config.httpListen()));
    LOG.log(
        Level.INFO,
        () -> "serving CRI on " + config.listen() + " and HTTP on " + config.httpListen());
    // Last, since TLS takes a while to load and nobody's pod waits for it.
    try {
      node.serveKubectl(router, loops);
    } catch (IOException refused) {
      // A full disk, say. Pods and whoever uses the sockets have no part in it.
      LOG.log(
          Level.ERROR,
          "kubectl is not served until the daemon is started again: {0}",
          refused.getMessage());
    }
  }

  /** What people do by hand, as crictl's users do, and what they ask about the machine. */
  private void machineRoutes(Router router, Images images, NodeInfo info, Executor workers) {
    var pods = engine.engine();
    var finder = new Finder(pods);
    var logs = config.root().resolve("logs");
    var handMade = new HandMade(pods, logs, ConfigDocuments::sandbox, ConfigDocuments::container);
    new SandboxRoutes(pods, finder, handMade).addTo(router);
    new ContainerRoutes(
            pods,
            finder,
            handMade,
            new ContainerSessions(pods.execs(), workers),
            new ContainerLogs(pods.containers(), InstantSource.system()))
        .addTo(router);
    new PlanRoutes(pods, finder, handMade).addTo(router);
    var doctor = Doctor.ofDaemon(config.on(network.settings()), network.network(), pods, images);
    new SystemRoutes(
            info::toTree,
            doctor::toTree,
            new DiskUse(pods, images, handMade, logs, config.root().resolve("pods")))
        .addTo(router);
  }

  /** The RPC families that this daemon serves; what none binds answers UNIMPLEMENTED. */
  private List<RpcFamily> families(Images images, NodeInfo info) throws IOException {
    var families = new ArrayList<RpcFamily>(engine.families());
    families.addAll(
        List.of(
            new VersionCalls(build),
            new StatusCalls(
                this::runtimeCondition,
                this::networkCondition,
                features(),
                config.cgroup().driver() == Config.CgroupDriver.SYSTEMD
                    ? CgroupDriver.SYSTEMD
                    : CgroupDriver.CGROUPFS,
                RecordJson.toTree(config),
                info::toTree),
            new PodCidrCalls(network.network(), network::rememberPodCidrs),
            new ImageCalls(images, Clock.systemUTC()),
            new PullCalls(images),
            new CheckpointCalls()));
    return families;
  }

  private ImageSettings imageSettings() {
    var defaults = ImageSettings.at(config.root().resolve("image"));
    return new ImageSettings(
        defaults.root(),
        // Nodes that ran containerd keep their mirrors and certificates.
        List.of(config.image().registryConfig(), Path.of("/etc/containerd/certs.d")),
        defaults.dockerConfig(),
        defaults.environment(),
        config.image().pinned(),
        config.image().maxParallel(),
        defaults.limits(),
        defaults.platform());
  }

  private static NodeFeatures features() throws IOException {
    var kernel = new KernelFeatures();
    return new NodeFeatures(
        kernel.recursiveReadOnlyMounts(),
        kernel.userNamespaces(),
        kernel.supplementalGroups(),
        false);
  }

  private Condition runtimeCondition() {
    return engine.condition();
  }

  private Condition networkCondition() {
    return network.condition();
  }

  private String nodeName() throws IOException {
    var configured = config.nodeName();
    return configured.isPresent() ? configured.get() : Files.readString(HOSTNAME).strip();
  }

  private static Optional<String> missing(Condition condition) {
    return condition.met() ? Optional.empty() : Optional.of(condition.message());
  }

  private ExecutorService workers() {
    // A worker that rests holds 0.1 MiB of stack; two are enough for what comes out of the blue.
    var workers =
        new ThreadPoolExecutor(
            WORKERS_KEPT,
            Integer.MAX_VALUE,
            WORKER_REST_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DefaultThreadFactory("worker", /* daemon= */ true));
    opened(
        () -> {
          workers.shutdown();
          if (!workers.awaitTermination(WORKER_GRACE_SECONDS, TimeUnit.SECONDS)) {
            workers.shutdownNow();
          }
        });
    return workers;
  }

  private EventLoopGroup loops() {
    var loops =
        new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS,
            new DefaultThreadFactory("loop", /* daemon= */ true),
            NioIoHandler.newFactory());
    opened(() -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly());
    return loops;
  }

  /** Notes a part to close, last opened first. */
  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.log(Level.WARNING, "closing a part of the daemon failed", e);
      }
    }
  }
}

package io.sandjar.runtime.daemon;

import io.netty.channel.EventLoopGroup;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.api.HttpServer;
import io.sandjar.runtime.api.KubernetesApi;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.api.access.ApiIdentity;
import io.sandjar.runtime.api.access.Kubeconfig;
import io.sandjar.runtime.api.access.TokenGuard;
import io.sandjar.runtime.api.machine.ContainerLogs;
import io.sandjar.runtime.api.machine.ContainerSessions;
import io.sandjar.runtime.api.machine.PodPlanRoutes;
import io.sandjar.runtime.api.metrics.MetricsApi;
import io.sandjar.runtime.api.pod.PodContainers;
import io.sandjar.runtime.api.pod.PodLogs;
import io.sandjar.runtime.api.pod.PodStreams;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogRotation;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.MemInfo;
import io.sandjar.runtime.pod.node.DiskThresholds;
import io.sandjar.runtime.pod.node.NodeFacts;
import io.sandjar.runtime.pod.node.NodeSetup;
import io.sandjar.runtime.pod.node.PodNode;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The pods of this machine and the Kubernetes API over them, as the config wants them. */
final class StandaloneNode implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(StandaloneNode.class.getName());
  private static final int MOST_PODS = 250;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final ObjectStore store;
  private final PodNode node;
  private final PodEngine engine;
  private final Schema schema = Schema.coreV1();
  private final Config config;
  private final Build build;
  private final Executor workers;

  StandaloneNode(
      Config config,
      Build build,
      String name,
      List<String> addresses,
      PodEngine engine,
      Images images,
      Supplier<Optional<String>> obstacle,
      EventLoopGroup loops,
      Executor workers)
      throws IOException {
    this.config = config;
    this.build = build;
    this.engine = engine;
    this.workers = workers;
    Path root = config.root();
    this.store = opened(new ObjectStore(root.resolve("objects"), InstantSource.system()));
    var facts =
        new NodeFacts(
            name,
            addresses,
            Runtime.getRuntime().availableProcessors(),
            MemInfo.bytes("MemTotal"),
            Files.getFileStore(root).getTotalSpace(),
            MOST_PODS,
            build.version(),
            "v1.32.0");
    this.node =
        opened(
            new PodNode(
                new NodeSetup(
                    facts,
                    schema,
                    store,
                    engine,
                    images,
                    new PodFolders(root.resolve("pods"), root.resolve("logs")),
                    config.cgroup().parent() + "/pods",
                    NodeEngine.resolvConf(),
                    obstacle,
                    config.manifests(),
                    new LogRotation(
                        config.log().maxSize(), config.log().maxFiles(), Clock.systemUTC()),
                    new DiskThresholds(
                        config.image().gcHighPercent(), config.image().gcLowPercent()),
                    InstantSource.system(),
                    loops,
                    workers)));
  }

  /** Takes the pods up and routes the API. */
  void start(Router router) throws IOException {
    new KubernetesApi(
            schema,
            store,
            new Admission(schema),
            InstantSource.system(),
            build.version(),
            List.of(MetricsApi.group()))
        .register(router);
    new MetricsApi(store, engine, InstantSource.system()).register(router);
    var pods = new PodContainers(store, engine);
    new PodStreams(engine, pods, new ContainerSessions(engine.execs(), workers)).register(router);
    new PodLogs(pods, new ContainerLogs(engine.containers(), InstantSource.system()))
        .register(router);
    new PodPlanRoutes(node.wouldBe()).addTo(router);
    node.start();
  }

  /** Serves the same routes to kubectl, on loopback with TLS and a token. */
  void serveKubectl(Router router, EventLoopGroup loops) throws IOException {
    var identity = new ApiIdentity(config.root().resolve("api"));
    var guarded = new TokenGuard(identity.bearerToken(), router);
    var server = opened(new HttpServer(guarded, loops, workers));
    InetSocketAddress address;
    try {
      address = server.listen(new InetSocketAddress("127.0.0.1", lastPort()), identity::serverTls);
    } catch (BindException e) {
      address = server.listen(new InetSocketAddress("127.0.0.1", 0), identity::serverTls);
    }
    AtomicFile.write(
        portFile(), Integer.toString(address.getPort()).getBytes(StandardCharsets.UTF_8));
    Path kubeconfig = config.root().resolve("kubeconfig");
    Kubeconfig.write(kubeconfig, identity, "https://127.0.0.1:" + address.getPort());
    LOG.log(Level.INFO, () -> "serving kubectl; its kubeconfig is " + kubeconfig);
  }

  /** The port of the last time, so that a kubeconfig that was copied stays right. */
  private int lastPort() throws IOException {
    if (!Files.exists(portFile())) {
      return 0;
    }
    try {
      int port = Integer.parseInt(Files.readString(portFile()).strip());
      return new InetSocketAddress(port).getPort();
    } catch (IOException | IllegalArgumentException wrong) {
      DamagedFile.setAside(portFile(), wrong, "another port is taken");
      return 0;
    }
  }

  private Path portFile() {
    return config.root().resolve("api/port");
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception failed) {
        LOG.log(Level.WARNING, "closing a part of the node failed", failed);
      }
    }
  }
}

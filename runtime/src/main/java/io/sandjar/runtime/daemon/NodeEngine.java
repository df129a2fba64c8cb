package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.container.EngineSetup;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogPump;
import io.sandjar.runtime.cri.Condition;
import io.sandjar.runtime.cri.ContainerCalls;
import io.sandjar.runtime.cri.EventCalls;
import io.sandjar.runtime.cri.ExecCalls;
import io.sandjar.runtime.cri.MetricsCalls;
import io.sandjar.runtime.cri.RpcFamily;
import io.sandjar.runtime.cri.SandboxCalls;
import io.sandjar.runtime.cri.StatsCalls;
import io.sandjar.runtime.cri.StreamCalls;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.AppArmor;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.cgroup.ScopeHolder;
import io.sandjar.runtime.linux.cgroup.SystemdDriver;
import io.sandjar.runtime.linux.launch.FavorDynmods;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.LauncherConfig;
import io.sandjar.runtime.linux.seccomp.SeccompCompiler;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.sandbox.ResolvConf;
import io.sandjar.runtime.sandbox.SeccompFilters;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.stream.StreamingConfig;
import io.sandjar.runtime.stream.StreamingServer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** The node's sandboxes and containers as the config wants them, with all that closes with them. */
final class NodeEngine implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodeEngine.class.getName());
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final Path RESOLVED_RESOLV_CONF = Path.of("/run/systemd/resolve/resolv.conf");

  /** One moves several hundred MB/s; the logs of a whole node are less. */
  private static final int LOG_THREADS = 2;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CgroupDriver cgroups;
  private final PodEngine engine;
  private final StreamingServer streaming;
  private final RuntimeCheck check;
  private final Timings steps;
  private final Images images;
  private final Executor workers;

  private NodeEngine(
      Config config, PodNetwork network, Images images, Executor workers, Failpoints failpoints)
      throws IOException, ConfigException {
    this.images = images;
    this.workers = workers;
    this.steps =
        new Timings(
            "sandjar_engine_step_duration_seconds",
            "How long the steps of starting and stopping pods and containers took.",
            "step",
            new IdleMemory(workers)::worked);
    try {
      Cgroups cgroups = Cgroups.detect();
      if (config.cgroup().favorDynmods()) {
        joinAtOnce(cgroups);
      }
      this.cgroups = driver(config.cgroup().driver(), cgroups);
      String parent = config.cgroup().parent();
      Cgroup monitors = this.cgroups.createMonitors(parent);
      Launcher launcher =
          opened(new Launcher(LauncherConfig.of(config.root(), cgroups).withMonitors(monitors)));
      LogPump logs = opened(new LogPump(LOG_THREADS));
      Epoll stdio = opened(Epoll.start("sandjar-stdio"));
      this.check =
          new RuntimeCheck(
              List.of(config.root(), config.state()),
              Map.of(
                  "notices the ends of processes", launcher::isAlive,
                  "writes the containers' logs", logs::isAlive,
                  "moves the streams of exec and attach", stdio::isAlive),
              monitors.path(),
              monitors::exists);
      this.engine =
          opened(
              new PodEngine(
                  new EngineSetup(
                      config.root(),
                      config.state(),
                      parent,
                      network,
                      this.cgroups,
                      launcher,
                      images,
                      images.snapshots(),
                      logs,
                      stdio,
                      new SeccompFilters(
                          SeccompCompiler.forThisMachine(), config.root().resolve("seccomp")),
                      new AppArmor(),
                      resolvConf(),
                      BootId.current(),
                      Clock.systemUTC(),
                      workers,
                      steps,
                      failpoints)));
      this.streaming =
          opened(StreamingServer.start(StreamingConfig.on(address(config.stream().address()))));
    } catch (IOException | RuntimeException | ConfigException failed) {
      close();
      throw failed;
    }
  }

  /** What the machine's resolver asks. */
  static ResolvConf resolvConf() {
    return new ResolvConf(RESOLV_CONF, RESOLVED_RESOLV_CONF);
  }

  /** Builds the engine and takes over what an earlier daemon left. */
  static NodeEngine open(
      Config config, PodNetwork network, Images images, Executor workers, Failpoints failpoints)
      throws IOException, ConfigException {
    NodeEngine opened = new NodeEngine(config, network, images, workers, failpoints);
    try {
      opened.engine.recover();
      return opened;
    } catch (IOException | RuntimeException failed) {
      opened.close();
      throw failed;
    }
  }

  /** What a kubelet asks for as RuntimeReady. */
  Condition condition() {
    return check.condition();
  }

  Timings steps() {
    return steps;
  }

  PodEngine engine() {
    return engine;
  }

  List<RpcFamily> families() {
    return List.of(
        new SandboxCalls(engine, images),
        new ContainerCalls(engine, images),
        new ExecCalls(engine.execs()),
        new StreamCalls(engine, streaming, workers),
        new EventCalls(engine, images),
        new StatsCalls(engine),
        new MetricsCalls(engine, cgroups));
  }

  /** Never a reason not to start: without it containers only start some milliseconds later. */
  private static void joinAtOnce(Cgroups cgroups) {
    try {
      if (FavorDynmods.switchOn(cgroups)) {
        LOG.log(Level.INFO, "switched on favordynmods of the cgroups: containers start sooner");
      }
    } catch (IOException refused) {
      LOG.log(Level.INFO, "containers start some ms later than they could: {0}", refused);
    }
  }

  private CgroupDriver driver(Config.CgroupDriver wanted, Cgroups cgroups) throws ConfigException {
    try {
      return switch (wanted) {
        case CGROUPFS -> new CgroupfsDriver(cgroups);
        case SYSTEMD -> opened(new SystemdDriver(cgroups, ScopeHolder.sleeping()));
      };
    } catch (IllegalArgumentException refused) {
      throw new ConfigException("cgroup.driver: " + refused.getMessage());
    }
  }

  private static InetSocketAddress address(String text) throws ConfigException {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
      return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException wrong) {
      throw new ConfigException(
          "stream.address: \"" + text + "\" is not like 127.0.0.1:0 or [::1]:10250");
    }
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
        LOG.log(Level.WARNING, "closing a part of the engine failed", failed);
      }
    }
  }
}

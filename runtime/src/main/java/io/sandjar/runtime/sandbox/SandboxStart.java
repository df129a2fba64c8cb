package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.bandwidth.BandwidthAnnotations;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.HostPortConflictException;
import io.sandjar.netbridge.pool.PoolExhaustedException;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.launch.Namespace;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** Makes a sandbox, step by step; when one fails, those before it are undone. */
final class SandboxStart {
  private static final System.Logger LOG = System.getLogger(SandboxStart.class.getName());

  private final SandboxStore store;
  private final PodNetwork network;
  private final CgroupDriver cgroups;
  private final PodCgroups podCgroups;
  private final Pauses pauses;
  private final ResolvConf resolvConf;
  private final SandboxTeardown teardown;
  private final Executor workers;
  private final Timings steps;
  private final Failpoints failpoints;

  SandboxStart(
      SandboxStore store,
      PodNetwork network,
      CgroupDriver cgroups,
      PodCgroups podCgroups,
      Pauses pauses,
      ResolvConf resolvConf,
      SandboxTeardown teardown,
      Executor workers,
      Timings steps,
      Failpoints failpoints) {
    this.store = store;
    this.network = network;
    this.cgroups = cgroups;
    this.podCgroups = podCgroups;
    this.pauses = pauses;
    this.resolvConf = resolvConf;
    this.teardown = teardown;
    this.workers = workers;
    this.steps = steps;
    this.failpoints = failpoints;
  }

  Sandbox start(Sandbox intended) throws IOException {
    Sandbox sandbox = intended;
    try {
      sandbox = podCgroups.claim(sandbox);
      reservePorts(sandbox);
      // Until the one record of it all, a crash leaves what is found by the sandbox's id: the pause
      // by its cgroup, and what the network made.
      SandboxLife ready =
          networkComesFirst(sandbox.spec()) ? makeAtOnce(sandbox) : makeInTurn(sandbox);
      return store.save(sandbox.with(ready));
    } catch (IOException | RuntimeException failed) {
      rollBack(store.exactly(sandbox.id()).orElse(sandbox), failed);
      throw failed;
    }
  }

  /**
   * Whether its network namespace can be made before its pause process: not where a user namespace
   * is to own it, nor where a sysctl may say what the links in it are born with.
   */
  private static boolean networkComesFirst(SandboxSpec spec) {
    return !spec.namespaces().hostNetwork()
        && spec.namespaces().user().isEmpty()
        && spec.sysctls().isEmpty();
  }

  /**
   * Another thread attaches it while this one makes all else. What a daemon that dies leaves of it,
   * a namespace bound by the sandbox's id among it, is found by that as what it leaves of a pause.
   */
  private SandboxLife makeAtOnce(Sandbox sandbox) throws IOException {
    try (var namespace =
            Meanwhile.begin(workers, NetworkNamespace::create, NetworkNamespace::close);
        var attachment =
            Meanwhile.begin(workers, () -> attach(sandbox, namespace.get()), taken -> {})) {
      try {
        Cgroup cgroup = prepareCgroup(sandbox);
        Pause pause = startPause(sandbox, cgroup, new Namespace.Join(namespace.get().fd()));
        return ready(sandbox, pause, attachment.get());
      } catch (IOException | RuntimeException failed) {
        namespace.addFailureTo(failed);
        attachment.addFailureTo(failed);
        throw failed;
      }
    }
  }

  private SandboxLife makeInTurn(Sandbox sandbox) throws IOException {
    Cgroup cgroup = prepareCgroup(sandbox);
    if (sandbox.spec().namespaces().hostNetwork()) {
      return ready(sandbox, startPause(sandbox, cgroup, Namespace.HOST), Map.of());
    }
    Pause pause = startPause(sandbox, cgroup, Namespace.OWN);
    try (NetworkNamespace namespace = NetworkNamespace.of(pause.openNamespace("net"))) {
      return ready(sandbox, pause, attach(sandbox, namespace));
    }
  }

  private SandboxLife ready(Sandbox sandbox, Pause pause, Map<String, Object> attachment) {
    failpoints.pass("sandbox.run.attached");
    return new SandboxLife(
        SandboxPhase.READY, sandbox.life().bootId(), Optional.of(pause.id()), attachment);
  }

  /** A host port that another pod has is refused before anything is started. */
  private void reservePorts(Sandbox sandbox) throws IOException {
    SandboxSpec spec = sandbox.spec();
    if (!spec.namespaces().hostNetwork() && !spec.ports().isEmpty()) {
      try {
        network.reserve(sandbox.id(), podOf(spec), spec.ports());
      } catch (HostPortConflictException taken) {
        throw new EngineException(Kind.FAILED_PRECONDITION, taken.getMessage(), taken);
      } catch (IllegalArgumentException leadsNowhere) {
        throw new EngineException(Kind.INVALID_ARGUMENT, leadsNowhere.getMessage(), leadsNowhere);
      }
    }
  }

  private static AttachRequest.Pod podOf(SandboxSpec spec) {
    SandboxName name = spec.name();
    return new AttachRequest.Pod(name.namespace(), name.name(), name.uid(), spec.hostname());
  }

  private void prepareFiles(Sandbox sandbox) throws IOException {
    Timings.Laps laps = steps.laps();
    SandboxSpec spec = sandbox.spec();
    if (!spec.logDirectory().isEmpty() && !Files.isDirectory(Path.of(spec.logDirectory()))) {
      Files.createDirectories(Path.of(spec.logDirectory()));
    }
    failpoints.pass("sandbox.run.logs");
    sandbox.files().write(spec, resolvConf);
    failpoints.pass("sandbox.run.written");
    if (spec.namespaces().ipc() == NamespaceMode.POD) {
      long owner = spec.namespaces().user().map(user -> user.uids().get(0).hostId()).orElse(0L);
      SharedMemory.mount(sandbox.files().shm(), owner);
    }
    failpoints.pass("sandbox.run.files");
    laps.lap("sandbox.run.files");
  }

  private Cgroup prepareCgroup(Sandbox sandbox) throws IOException {
    Timings.Laps laps = steps.laps();
    Cgroup pod = cgroups.createParent(sandbox.record().cgroupParent());
    failpoints.pass("sandbox.run.parent");
    if (sandbox.record().ownsCgroup() && sandbox.spec().resources().isPresent()) {
      pod.apply(sandbox.spec().resources().get());
    }
    Cgroup cgroup = cgroups.create(sandbox.record().cgroupParent(), sandbox.id());
    failpoints.pass("sandbox.run.cgroup");
    laps.lap("sandbox.run.cgroup");
    return cgroup;
  }

  private Pause startPause(Sandbox sandbox, Cgroup cgroup, Namespace network) throws IOException {
    Timings.Laps laps = steps.laps();
    try (Join join = cgroup.join()) {
      Pause pause = pauses.begin(sandbox, join, network);
      failpoints.pass("sandbox.run.begun");
      // While it prepares itself.
      prepareFiles(sandbox);
      pause.awaitPrepared();
      failpoints.pass("sandbox.run.pause");
      laps.lap("sandbox.run.pause");
      return pause;
    }
  }

  private Map<String, Object> attach(Sandbox sandbox, NetworkNamespace namespace)
      throws IOException {
    Timings.Laps laps = steps.laps();
    SandboxSpec spec = sandbox.spec();
    failpoints.pass("sandbox.run.attach");
    try {
      Attachment attachment =
          network.attach(
              new AttachRequest(
                  sandbox.id(), namespace, podOf(spec), spec.ports(), bandwidth(spec), Set.of()));
      failpoints.pass("sandbox.run.network");
      laps.lap("sandbox.run.network");
      return attachment.toMap();
    } catch (PoolExhaustedException full) {
      throw new EngineException(Kind.RESOURCE_EXHAUSTED, full.getMessage(), full);
    }
  }

  private static Bandwidth bandwidth(SandboxSpec spec) {
    return BandwidthAnnotations.parse(spec.annotations());
  }

  private void rollBack(Sandbox sandbox, Exception failed) {
    try {
      teardown.discard(sandbox);
    } catch (IOException | RuntimeException again) {
      failed.addSuppressed(again);
      LOG.log(
          Level.WARNING,
          "the sandbox of pod "
              + sandbox.spec().name()
              + " could not be started, nor undone wholly; the rest is removed at the next start",
          again);
    }
  }
}

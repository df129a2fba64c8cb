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
      Timings steps,
      Failpoints failpoints) {
    this.store = store;
    this.network = network;
    this.cgroups = cgroups;
    this.podCgroups = podCgroups;
    this.pauses = pauses;
    this.resolvConf = resolvConf;
    this.teardown = teardown;
    this.steps = steps;
    this.failpoints = failpoints;
  }

  Sandbox start(Sandbox intended) throws IOException {
    Sandbox sandbox = intended;
    Timings.Laps laps = steps.laps();
    try {
      sandbox = podCgroups.claim(sandbox);
      reservePorts(sandbox);
      prepareFiles(sandbox);
      failpoints.pass("sandbox.run.files");
      laps.lap("sandbox.run.files");
      Cgroup cgroup = prepareCgroup(sandbox);
      failpoints.pass("sandbox.run.cgroup");
      laps.lap("sandbox.run.cgroup");
      Pause pause = pauses.start(sandbox, cgroup);
      failpoints.pass("sandbox.run.pause");
      laps.lap("sandbox.run.pause");
      // Until the one record of it all, a crash leaves what is found by the sandbox's id: the pause
      // by its cgroup, and what the network made.
      Map<String, Object> attachment = attach(sandbox, pause);
      failpoints.pass("sandbox.run.attached");
      laps.lap("sandbox.run.network");
      return store.save(
          sandbox.with(
              new SandboxLife(
                  SandboxPhase.READY,
                  sandbox.life().bootId(),
                  Optional.of(pause.id()),
                  attachment)));
    } catch (IOException | RuntimeException failed) {
      rollBack(store.exactly(sandbox.id()).orElse(sandbox), failed);
      throw failed;
    }
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
  }

  private Cgroup prepareCgroup(Sandbox sandbox) throws IOException {
    Cgroup pod = cgroups.createParent(sandbox.record().cgroupParent());
    failpoints.pass("sandbox.run.parent");
    if (sandbox.record().ownsCgroup() && sandbox.spec().resources().isPresent()) {
      pod.apply(sandbox.spec().resources().get());
    }
    return cgroups.create(sandbox.record().cgroupParent(), sandbox.id());
  }

  private Map<String, Object> attach(Sandbox sandbox, Pause pause) throws IOException {
    SandboxSpec spec = sandbox.spec();
    if (spec.namespaces().hostNetwork()) {
      return Map.of();
    }
    try (NetworkNamespace namespace = NetworkNamespace.of(pause.openNamespace("net"))) {
      Attachment attachment =
          network.attach(
              new AttachRequest(
                  sandbox.id(), namespace, podOf(spec), spec.ports(), bandwidth(spec), Set.of()));
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

package io.sandjar.runtime.container;

import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.container.log.LogPump;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.linux.AppArmor;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.cgroup.CgroupDriver;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.sandbox.ResolvConf;
import io.sandjar.runtime.sandbox.SeccompFilters;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Failpoints;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Executor;

/**
 * What the engine is built on.
 *
 * @param root for what survives a reboot
 * @param state for what does not
 * @param defaultCgroup under which pods go that name no parent of their own
 * @param workers run what may block
 * @param steps is told how long each step of the engine's work took
 */
public record EngineSetup(
    Path root,
    Path state,
    String defaultCgroup,
    PodNetwork network,
    CgroupDriver cgroups,
    Launcher launcher,
    Images images,
    Snapshots snapshots,
    LogPump logs,
    Epoll epoll,
    SeccompFilters seccomp,
    AppArmor appArmor,
    ResolvConf resolvConf,
    BootId boot,
    Clock clock,
    Executor workers,
    Timings steps,
    Failpoints failpoints) {}

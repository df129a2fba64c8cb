package io.sandjar.runtime.pod.node;

import io.netty.channel.EventLoopGroup;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogRotation;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.sandbox.ResolvConf;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What a standalone node is made of.
 *
 * @param cgroupRoot under which the pods' cgroups lie
 * @param resolvConf of the machine
 * @param obstacle why no pod can run now, if that is so
 * @param manifests the folder of the static pods
 * @param logRotation keeps the logs of the node's own containers within bounds
 * @param imageDisk how full images may make the disk
 * @param loops where probes are made
 * @param workers run what may block
 */
public record NodeSetup(
    NodeFacts facts,
    Schema schema,
    ObjectStore store,
    PodEngine engine,
    Images images,
    PodFolders folders,
    String cgroupRoot,
    ResolvConf resolvConf,
    Supplier<Optional<String>> obstacle,
    Path manifests,
    LogRotation logRotation,
    DiskThresholds imageDisk,
    InstantSource clock,
    EventLoopGroup loops,
    Executor workers) {}

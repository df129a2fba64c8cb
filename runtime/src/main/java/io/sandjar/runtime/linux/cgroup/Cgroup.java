package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.util.List;

/**
 * One cgroup: a folder in the v2 tree, or the folder of the same path in every v1 hierarchy.
 *
 * <p>It holds no open file, so it costs nothing to keep and is the same after a restart: {@link
 * Cgroups#at} of the {@link #path()} finds it again.
 */
public sealed interface Cgroup permits UnifiedCgroup, LegacyCgroup, SystemdUnit {

  /** Below every hierarchy's root: {@code /kubepods/burstable/podX/<container>}. */
  String path();

  /** Makes it and what is missing above it. */
  void create() throws IOException;

  boolean exists();

  /** What a process that is about to be launched needs to start in here. */
  Join join() throws IOException;

  /**
   * What an exec needs to join the container's first process, {@code pid}: this one, unless it
   * (systemd, for example) went to a cgroup below it and none may join this one since then.
   */
  Join joinBeside(int pid) throws IOException;

  /** Sets what is set in {@code resources} and leaves the rest as it is; also while it runs. */
  void apply(Resources resources) throws IOException;

  /**
   * Lets the processes in here use only these devices, from now on.
   *
   * @param rules empty to allow none; {@link DeviceRule#ALL} to allow all
   */
  void allowDevices(List<DeviceRule> rules) throws IOException;

  /** Stops every process in here and below, and returns when they stand still. */
  void freeze() throws IOException;

  void thaw() throws IOException;

  /** Sends SIGKILL to every process in here and below, also to those that fork meanwhile. */
  void kill() throws IOException;

  /** The processes in here and below; none where it does not exist. */
  List<Integer> processes() throws IOException;

  /** How many processes in here the kernel killed for want of memory. Read it before removal. */
  long oomKills() throws IOException;

  /** What it uses now; of one that is gone, nothing. */
  CgroupUsage usage() throws IOException;

  /** As {@link #usage()} and all else that it counts, for several times the cost. */
  CgroupStats stats() throws IOException;

  /**
   * Removes it and what a container made below it; no error where it is gone already. Waits a
   * little for dying processes, and fails if some live on.
   */
  void remove() throws IOException;
}

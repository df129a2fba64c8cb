package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The cgroup of a scope or slice of systemd's: made, limited and removed through it. */
final class SystemdUnit implements Cgroup {
  private final Systemd systemd;
  private final String unit;
  private final UnifiedCgroup cgroup;
  private final Start start;
  private final OomKillWatch oomKills;
  private final AtomicReference<ScopeHolder.Held> holder = new AtomicReference<>();

  SystemdUnit(
      Systemd systemd, String unit, UnifiedCgroup cgroup, Start start, OomKillWatch oomKills) {
    this.systemd = systemd;
    this.unit = unit;
    this.cgroup = cgroup;
    this.start = start;
    this.oomKills = oomKills;
  }

  @Override
  public String path() {
    return cgroup.path();
  }

  @Override
  public void create() throws IOException {
    if (cgroup.exists()) {
      return;
    }
    start.run(this);
    oomKills.add(cgroup.folder());
  }

  /** Keeps what holds the scope open until the first launch into it is over. */
  void heldBy(ScopeHolder.Held held) {
    holder.set(held);
  }

  private void release() {
    ScopeHolder.Held held = holder.getAndSet(null);
    if (held != null) {
      held.close();
    }
  }

  @Override
  public boolean exists() {
    return cgroup.exists();
  }

  @Override
  public Join join() throws IOException {
    return releasing(cgroup.join());
  }

  @Override
  public Join joinBeside(int pid) throws IOException {
    return releasing(cgroup.joinBeside(pid));
  }

  private Join releasing(Join join) {
    return new Join(join.cloneInto(), join.procs(), this::release);
  }

  @Override
  public void apply(Resources resources) throws IOException {
    List<SystemdManager.Property> limits = SystemdProperties.limits(resources);
    if (!limits.isEmpty()) {
      systemd.set(unit, limits);
    }
    cgroup.apply(resources);
  }

  @Override
  public void allowDevices(List<DeviceRule> rules) throws IOException {
    cgroup.allowDevices(rules);
  }

  @Override
  public void freeze() throws IOException {
    cgroup.freeze();
  }

  @Override
  public void thaw() throws IOException {
    cgroup.thaw();
  }

  @Override
  public void kill() throws IOException {
    cgroup.kill();
  }

  @Override
  public List<Integer> processes() throws IOException {
    ScopeHolder.Held held = holder.get();
    return held == null
        ? cgroup.processes()
        : cgroup.processes().stream().filter(pid -> pid != held.pid()).toList();
  }

  @Override
  public long oomKills() throws IOException {
    return oomKills.kills(cgroup.folder());
  }

  @Override
  public CgroupUsage usage() throws IOException {
    return cgroup.usage();
  }

  @Override
  public CgroupStats stats() throws IOException {
    return cgroup.stats();
  }

  @Override
  public void remove() throws IOException {
    release();
    if (cgroup.exists()) {
      cgroup.requireEmpty();
      stop();
      cgroup.remove();
    }
    oomKills.forget(cgroup.folder());
  }

  private void stop() throws IOException {
    try {
      systemd.stop(unit);
    } catch (IOException e) {
      // systemd drops a scope when its last process ends, often before we come to it.
      if (cgroup.exists()) {
        throw e;
      }
    }
  }

  @Override
  public String toString() {
    return unit;
  }

  /** Asks systemd for the unit. */
  interface Start {
    void run(SystemdUnit unit) throws IOException;
  }
}

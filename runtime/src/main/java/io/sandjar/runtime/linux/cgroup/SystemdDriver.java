package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Has systemd make the cgroups: a slice for a pod, a transient scope for a container. On a machine
 * that systemd runs with one v2 tree, this keeps to its rule of a single writer.
 */
public final class SystemdDriver implements CgroupDriver, AutoCloseable {
  private static final String SCOPE_PREFIX = "sandjar-";

  private final Systemd systemd = new Systemd();
  private final OomKillWatch oomKills = new OomKillWatch();
  private final Path root;
  private final ScopeHolder holder;

  /**
   * @throws IllegalArgumentException if systemd does not run this machine, or not on v2
   */
  public SystemdDriver(Cgroups cgroups, ScopeHolder holder) {
    refuse(cgroups)
        .ifPresent(
            why -> {
              throw new IllegalArgumentException(
                  "the systemd cgroup driver cannot be used: " + why + "; use the cgroupfs driver");
            });
    this.root = cgroups.mounts().v2().orElseThrow();
    this.holder = holder;
  }

  /** Whether it can be used here. */
  public static boolean available(Cgroups cgroups) {
    return refuse(cgroups).isEmpty();
  }

  private static Optional<String> refuse(Cgroups cgroups) {
    if (!Systemd.booted()) {
      return Optional.of("systemd does not run this machine");
    }
    if (cgroups.layout() != Cgroups.Layout.UNIFIED) {
      return Optional.of("the machine's cgroups are v1");
    }
    return Optional.empty();
  }

  @Override
  public Cgroup create(String parent, String id) throws IOException {
    createParent(parent);
    Cgroup scope = scope(parent, id);
    scope.create();
    return scope;
  }

  @Override
  public Cgroup at(String parent, String id) {
    SystemdUnit scope = scope(parent, id);
    try {
      oomKills.add(CgroupPath.under(root, scope.path()));
    } catch (IOException e) {
      System.getLogger(SystemdDriver.class.getName())
          .log(System.Logger.Level.WARNING, "cannot watch the memory of " + scope, e);
    }
    return scope;
  }

  private SystemdUnit scope(String parent, String id) {
    SliceName slice = SliceName.of(parent);
    String name = SCOPE_PREFIX + id + ".scope";
    UnifiedCgroup cgroup = new UnifiedCgroup(root, CgroupPath.child(slice.path(), name));
    return new SystemdUnit(
        systemd, name, cgroup, unit -> startScope(unit, name, slice, id), oomKills);
  }

  private void startScope(SystemdUnit unit, String name, SliceName slice, String id)
      throws IOException {
    ScopeHolder.Held held = holder.start();
    try {
      var properties = SystemdProperties.scope("Container " + id, slice, held.pid());
      try {
        systemd.start(name, properties);
      } catch (IOException e) {
        // Perhaps one of that name failed before, and was not looked at since.
        forgetQuietly(name, e);
        startAgain(name, properties, e);
      }
      unit.heldBy(held);
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  @Override
  public Cgroup createParent(String parent) throws IOException {
    Cgroup slice = parentAt(parent);
    slice.create();
    return slice;
  }

  @Override
  public Cgroup parentAt(String parent) {
    SliceName slice = SliceName.of(parent);
    UnifiedCgroup cgroup = new UnifiedCgroup(root, slice.path());
    return new SystemdUnit(
        systemd, slice.name(), cgroup, unit -> startSlice(unit, slice), oomKills);
  }

  /**
   * Below the daemon's own cgroup, which systemd delegates to it (Delegate=yes). No controller is
   * handed down to it, so that the daemon may stay where it is.
   */
  @Override
  public Cgroup createMonitors(String parent) throws IOException {
    String own = ProcCgroup.of(ProcessHandle.current().pid()).path("").orElse("/");
    UnifiedCgroup monitors = new UnifiedCgroup(root, CgroupPath.child(own, MONITORS));
    Files.createDirectories(monitors.folder());
    return monitors;
  }

  private void startAgain(String name, List<SystemdManager.Property> properties, IOException first)
      throws IOException {
    try {
      systemd.start(name, properties);
    } catch (IOException e) {
      e.addSuppressed(first);
      throw e;
    }
  }

  private void forgetQuietly(String name, IOException failure) {
    try {
      systemd.forget(name);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void startSlice(SystemdUnit unit, SliceName slice) throws IOException {
    try {
      systemd.start(slice.name(), SystemdProperties.slice("Pods of " + slice.name()));
    } catch (IOException e) {
      // The kubelet, or another pod of the same parent, may have come first.
      if (!unit.exists()) {
        throw e;
      }
    }
  }

  @Override
  public void close() throws IOException {
    oomKills.close();
    systemd.close();
  }
}

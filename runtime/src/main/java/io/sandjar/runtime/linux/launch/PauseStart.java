package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Starts one pause process. */
final class PauseStart {
  private static final String LAUNCHER = "the launcher of a pause process";
  private static final byte[] ONE = {1, 0, 0, 0, 0, 0, 0, 0};

  private final PauseLaunch launch;
  private final LaunchContext context;
  private final Spawner spawner;
  private final LaunchBounds bounds;

  /** From then on the launcher's number may be another's. */
  private boolean launcherReaped;

  PauseStart(PauseLaunch launch, LaunchContext context, Spawner spawner, LaunchBounds bounds) {
    this.launch = launch;
    this.context = context;
    this.spawner = spawner;
    this.bounds = bounds;
  }

  /** It has started when this returns, and prepares itself. */
  Pause run(Epoll epoll) throws IOException {
    Fd[] pipe = OpenFiles.pipe();
    Fd told = pipe[0];
    try (Fd status = pipe[1];
        Fd gate = OpenFiles.eventfd()) {
      var composed = new PauseProgram(launch, context, gate, status);
      Data pid = composed.pid();
      try (var spawned =
          spawner.spawn(List.of("pause"), composed.compose(), List.of(pid), status)) {
        try {
          return started(spawned, pid, told, gate, epoll);
        } catch (IOException | RuntimeException e) {
          endQuietly(spawned, pid, e);
          throw e;
        }
      }
    } catch (IOException | RuntimeException e) {
      told.close();
      throw e;
    }
  }

  private Pause started(Spawner.Spawned spawned, Data pid, Fd told, Fd gate, Epoll epoll)
      throws IOException {
    if (!launch.uidMappings().isEmpty()) {
      PausePreparation.expectReady(launch.id(), told, spawned.program(), bounds.step());
      Path proc = Path.of("/proc", Long.toString(spawned.read(pid)));
      Files.writeString(proc.resolve("uid_map"), IdMapping.text(launch.uidMappings()));
      Files.writeString(proc.resolve("gid_map"), IdMapping.text(launch.gidMappings()));
      OpenFiles.writeFully(gate, ONE, "the gate of a pause process");
    }
    Reaper.reapChild(spawned.pid(), LAUNCHER, bounds.end());
    launcherReaped = true;
    var preparation = new PausePreparation(launch.id(), told, spawned.program(), bounds.step());
    int cloned = (int) spawned.read(pid);
    if (cloned == 0) {
      // Its launcher has told why before it ended.
      preparation.await();
      throw new IOException("the pause process of " + launch.id() + " was not started");
    }
    Pidfd process = Pidfd.of(cloned);
    try {
      return new Pause(
          ProcessId.of(process),
          process,
          launch.uidMappings(),
          launch.gidMappings(),
          Optional.of(preparation),
          epoll,
          bounds.end());
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Nothing of a launch that failed stays; the launcher first, so that it clones no more. */
  private void endQuietly(Spawner.Spawned spawned, Data pid, Exception failure) {
    try {
      try {
        if (!launcherReaped) {
          Reaper.end(spawned.pid(), LAUNCHER, bounds.end());
        }
      } finally {
        Reaper.end((int) spawned.read(pid), "the pause process of " + launch.id(), bounds.end());
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}

package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts one pause process. */
final class PauseStart {
  private static final byte[] ONE = {1, 0, 0, 0, 0, 0, 0, 0};

  private final PauseLaunch launch;
  private final LaunchContext context;
  private final Spawner spawner;
  private final Duration bound;

  PauseStart(PauseLaunch launch, LaunchContext context, Spawner spawner, Duration bound) {
    this.launch = launch;
    this.context = context;
    this.spawner = spawner;
    this.bound = bound;
  }

  Pause run(Epoll epoll) throws IOException {
    Fd[] pipe = OpenFiles.pipe();
    try (Fd told = pipe[0];
        Fd status = pipe[1];
        Fd gate = OpenFiles.eventfd()) {
      var composed = new PauseProgram(launch, context, gate, status);
      Data pid = composed.pid();
      try (var spawned =
          spawner.spawn(List.of("pause"), composed.compose(), List.of(pid), status)) {
        Reaper.reap(spawned.pid());
        try {
          return started(spawned, pid, told, gate, epoll);
        } catch (IOException | RuntimeException e) {
          end((int) spawned.read(pid));
          throw e;
        }
      }
    }
  }

  private Pause started(Spawner.Spawned spawned, Data pid, Fd told, Fd gate, Epoll epoll)
      throws IOException {
    if (!launch.uidMappings().isEmpty()) {
      expectReady(told, spawned.program());
      Path proc = Path.of("/proc", Long.toString(spawned.read(pid)));
      Files.writeString(proc.resolve("uid_map"), IdMapping.text(launch.uidMappings()));
      Files.writeString(proc.resolve("gid_map"), IdMapping.text(launch.gidMappings()));
      OpenFiles.writeFully(gate, ONE, "the gate of a pause process");
    }
    expectReady(told, spawned.program());
    int number = (int) spawned.read(pid);
    Fd pidfd = OpenFiles.pidfd(number);
    try {
      return new Pause(
          ProcessId.of(number), pidfd, launch.uidMappings(), launch.gidMappings(), epoll);
    } catch (IOException | RuntimeException e) {
      pidfd.close();
      throw e;
    }
  }

  private void expectReady(Fd told, Program program) throws IOException {
    if (StatusMessages.read(told, program, bound) == StatusMessages.Message.END) {
      throw new IOException("the pause process of " + launch.id() + " ended while it was started");
    }
  }

  private static void end(int pid) throws IOException {
    if (pid > 0) {
      try (Fd pidfd = OpenFiles.pidfd(pid)) {
        OpenFiles.signal(pidfd, Monitor.SIGKILL);
      } finally {
        Reaper.reap(pid);
      }
    }
  }
}

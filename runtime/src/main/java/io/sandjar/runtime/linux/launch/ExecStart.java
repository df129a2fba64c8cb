package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Starts one further process in a container. */
final class ExecStart {
  private static final String LAUNCHER = "the launcher of an executed process";
  private static final String BETWEEN = "the process between";

  private final ExecLaunch launch;
  private final LaunchContext context;
  private final Spawner spawner;
  private final LaunchBounds bounds;

  /** From then on their numbers may be others'. */
  private boolean launcherReaped;

  private boolean betweenReaped;

  ExecStart(ExecLaunch launch, LaunchContext context, Spawner spawner, LaunchBounds bounds) {
    this.launch = launch;
    this.context = context;
    this.spawner = spawner;
    this.bounds = bounds;
  }

  ExecProcess run(Epoll epoll) throws IOException {
    Fd[] pipe = OpenFiles.pipe();
    try (Fd told = pipe[0];
        Fd status = pipe[1];
        Pidfd container =
            launch
                .container()
                .process()
                .orElseThrow(
                    () -> new IOException("container " + launch.id() + " is not running"))) {
      var composed = new ExecProgram(launch, context, container.fd(), status);
      List<Data> pids = List.of(composed.pid(), composed.between());
      try (var spawned = spawner.spawn(List.of("sandjar-exec"), composed.compose(), pids, status)) {
        try {
          String command = launch.process().command();
          StatusMessages.read(told, command, Optional.of(spawned.program()), bounds.step());
          Reaper.reapChild(spawned.pid(), LAUNCHER, bounds.end());
          launcherReaped = true;
          Reaper.reapChild((int) spawned.read(composed.between()), BETWEEN, bounds.end());
          betweenReaped = true;
          return new ExecProcess(Pidfd.of((int) spawned.read(composed.pid())), epoll);
        } catch (IOException | RuntimeException e) {
          endQuietly(spawned, composed, e);
          throw e;
        }
      }
    }
  }

  /** Nothing of a launch that failed stays. */
  private void endQuietly(Spawner.Spawned spawned, ExecProgram composed, Exception failure) {
    try {
      end(spawned, composed);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** In this order: none can make the next one any more when that is looked for. */
  private void end(Spawner.Spawned spawned, ExecProgram composed) throws IOException {
    try {
      if (!launcherReaped) {
        Reaper.end(spawned.pid(), LAUNCHER, bounds.end());
      }
    } finally {
      try {
        if (!betweenReaped) {
          Reaper.end((int) spawned.read(composed.between()), BETWEEN, bounds.end());
        }
      } finally {
        Reaper.end((int) spawned.read(composed.pid()), "the process", bounds.end());
      }
    }
  }
}

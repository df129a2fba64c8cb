package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Starts one further process in a container. */
final class ExecStart {
  private final ExecLaunch launch;
  private final LaunchContext context;
  private final Spawner spawner;
  private final Duration bound;

  ExecStart(ExecLaunch launch, LaunchContext context, Spawner spawner, Duration bound) {
    this.launch = launch;
    this.context = context;
    this.spawner = spawner;
    this.bound = bound;
  }

  ExecProcess run(Epoll epoll) throws IOException {
    Fd[] pipe = OpenFiles.pipe();
    try (Fd told = pipe[0];
        Fd status = pipe[1];
        Fd container =
            launch
                .container()
                .open()
                .orElseThrow(
                    () -> new IOException("container " + launch.id() + " is not running"))) {
      var composed = new ExecProgram(launch, context, container, status);
      Data pid = composed.pid();
      Data between = composed.between();
      try (var spawned =
          spawner.spawn(
              List.of("sandjar-exec"), composed.compose(), List.of(pid, between), status)) {
        Reaper.reap(spawned.pid());
        if (spawned.read(between) > 0) {
          Reaper.reap((int) spawned.read(between));
        }
        try {
          StatusMessages.read(told, spawned.program(), bound);
        } catch (IOException e) {
          int started = (int) spawned.read(pid);
          if (started > 0) {
            Reaper.reap(started);
          }
          throw e;
        }
        return new ExecProcess((int) spawned.read(pid), epoll);
      }
    }
  }
}

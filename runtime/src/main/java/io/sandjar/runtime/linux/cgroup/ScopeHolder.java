package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Starts a process that only waits: systemd makes a scope only around one, and a container's does
 * not exist yet when its cgroup is made.
 */
@FunctionalInterface
public interface ScopeHolder {

  Held start() throws IOException;

  /** The waiting process, until it is closed. */
  interface Held extends AutoCloseable {
    int pid();

    @Override
    void close();
  }

  /** Holds with sleep(1), which every machine with systemd has. It ends by itself if we do not. */
  static ScopeHolder sleeping() {
    return () -> new Sleeper(new ProcessBuilder("sleep", "600").start());
  }

  /** A sleep(1). */
  record Sleeper(Process process) implements Held {
    @Override
    public int pid() {
      return (int) process.pid();
    }

    @Override
    public void close() {
      process.destroyForcibly();
      try {
        process.getOutputStream().close();
        process.getInputStream().close();
        process.getErrorStream().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

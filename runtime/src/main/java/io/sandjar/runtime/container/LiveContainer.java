package io.sandjar.runtime.container;

import io.sandjar.runtime.container.log.ContainerLog;
import io.sandjar.runtime.linux.launch.Monitor;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * What this daemon holds of a container that has processes.
 *
 * @param exited done when the container has ended and that is on record
 */
record LiveContainer(Monitor monitor, ContainerLog log, CompletableFuture<Void> exited) {

  LiveContainer(Monitor monitor, ContainerLog log) {
    this(monitor, log, new CompletableFuture<>());
  }

  /** Ends the monitor too, when all is drained. The log reads what the monitor's end closes. */
  void end() throws IOException {
    log.close();
    monitor.end();
  }

  /** Lets go of this daemon's descriptors; the container goes on. */
  void release() {
    log.close();
    monitor.close();
  }
}

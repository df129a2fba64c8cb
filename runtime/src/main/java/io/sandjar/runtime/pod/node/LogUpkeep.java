package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogRotation;
import io.sandjar.runtime.pod.plan.PodLabels;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/** Rotates the logs of this node's own containers; a kubelet sees to those of its own. */
final class LogUpkeep {
  private static final System.Logger LOG = System.getLogger(LogUpkeep.class.getName());

  private final PodEngine engine;
  private final LogRotation rotation;

  LogUpkeep(PodEngine engine, LogRotation rotation) {
    this.engine = engine;
    this.rotation = rotation;
  }

  void rotate() {
    for (Container container : engine.containers().list()) {
      boolean own = PodLabels.OWNER_NODE.equals(container.spec().labels().get(PodLabels.OWNER));
      if (own && container.state() == Container.State.RUNNING) {
        try {
          rotation.rotate(
              Path.of(container.record().logFile()),
              () -> engine.containers().reopenLog(container.id()));
        } catch (IOException | EngineException e) {
          LOG.log(
              Level.WARNING,
              "cannot rotate the log of {0}: {1}",
              container.record().label(),
              e.getMessage());
        }
      }
    }
  }
}

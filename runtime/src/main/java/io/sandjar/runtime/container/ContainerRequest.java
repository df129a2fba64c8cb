package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.Signals;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.state.BootId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container that is asked for, before anything of it exists.
 *
 * @param image the one that the spec names, as it is now
 */
record ContainerRequest(String id, ContainerSpec spec, Sandbox sandbox, Image image) {

  /** Whether the pod allows what the container wants. */
  static void check(ContainerSpec spec, Sandbox sandbox) {
    if (spec.security().privileged() && !sandbox.spec().security().privileged()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container "
              + spec.name().name()
              + " is privileged, but the sandbox of pod "
              + sandbox.spec().name()
              + " does not allow that");
    }
    if (!spec.security().namespaces().user().equals(sandbox.spec().namespaces().user())
        && spec.security().namespaces().user().isPresent()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container "
              + spec.name().name()
              + " wants another user namespace than pod "
              + sandbox.spec().name());
    }
  }

  /** What goes on record before the first step. */
  Container intended(BootId boot, Instant now) {
    return new Container(
        new ContainerRecord(
            id,
            sandbox.id(),
            sandbox.spec().name(),
            spec,
            now,
            sandbox.record().cgroupParent(),
            image.id().toString(),
            image.referenceFor(spec.image().userSpecified()),
            ProcessUser.ROOT,
            List.of(),
            "",
            stopSignal(),
            logFile(),
            views()),
        new ContainerLife(
            ContainerPhase.CREATING, boot.value(), Optional.empty(), Optional.empty()),
        Optional.empty());
  }

  private String logFile() {
    String folder = sandbox.spec().logDirectory();
    return folder.isEmpty() || spec.logPath().isEmpty() ? "" : folder + '/' + spec.logPath();
  }

  private int stopSignal() {
    String name = spec.stopSignal().isEmpty() ? image.config().stopSignal() : spec.stopSignal();
    return name.isEmpty() ? Signals.SIGTERM : Signals.parse(name);
  }

  private List<String> views() {
    List<String> views = new ArrayList<>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      if (spec.mounts().get(i).image().isPresent()) {
        views.add(ContainerCreation.viewId(id, i));
      }
    }
    return views;
  }
}

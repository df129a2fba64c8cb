package io.sandjar.runtime.container;

import io.sandjar.runtime.container.ContainerEvents.Kind;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxListener;
import java.time.Clock;

/** Reports sandboxes as containers of their own, which a kubelet counts on. */
final class SandboxEvents implements SandboxListener {
  private final ContainerEvents events;
  private final Clock clock;

  SandboxEvents(ContainerEvents events, Clock clock) {
    this.events = events;
    this.clock = clock;
  }

  @Override
  public void ready(Sandbox sandbox) {
    events.publish(Kind.CREATED, sandbox.id(), sandbox.id(), sandbox.record().createdAt());
    events.publish(Kind.STARTED, sandbox.id(), sandbox.id(), clock.instant());
  }

  @Override
  public void ended(Sandbox sandbox) {
    events.publish(Kind.STOPPED, sandbox.id(), sandbox.id(), clock.instant());
  }
}

package io.sandjar.runtime.container;

import java.time.Instant;
import java.util.Optional;

/** A container as it is now: an unchanging picture, taken when it was asked for. */
public record Container(ContainerRecord record, ContainerLife life, Optional<ContainerEnd> end) {

  public String id() {
    return record.id();
  }

  public String sandboxId() {
    return record.sandboxId();
  }

  public ContainerSpec spec() {
    return record.spec();
  }

  public ContainerPhase phase() {
    return life.phase();
  }

  public State state() {
    return switch (life.phase()) {
      case CREATING, CREATED, STARTING -> State.CREATED;
      case RUNNING -> State.RUNNING;
      case EXITED -> State.EXITED;
      case REMOVING -> end.isPresent() ? State.EXITED : State.CREATED;
    };
  }

  /** Whether it was made wholly and is not being removed. */
  boolean isWhole() {
    return life.phase() != ContainerPhase.CREATING && life.phase() != ContainerPhase.REMOVING;
  }

  /** One that was killed while it was started is not on record as running. */
  boolean mayRun() {
    return life.phase() == ContainerPhase.STARTING || life.phase() == ContainerPhase.RUNNING;
  }

  public Optional<Instant> startedAt() {
    return end.isPresent() ? end.get().startedAt() : life.startedAt();
  }

  /** The state as the pod's owner is told. */
  public enum State {
    CREATED,
    RUNNING,
    EXITED
  }

  Container with(ContainerRecord changed) {
    return new Container(changed, life, end);
  }

  Container with(ContainerLife next) {
    return new Container(record, next, end);
  }

  Container ended(ContainerEnd how) {
    return new Container(record, life.in(ContainerPhase.EXITED), Optional.of(how));
  }
}

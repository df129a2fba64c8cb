package io.sandjar.runtime.linux.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * One syscall of a program, and where to go on afterwards. Without a syscall its first argument is
 * its result: that moves a value, tests a slot, or fails with a chosen errno.
 */
final class Instruction {
  private static final int MOST_ARGS = 6;

  private final String step;
  private final Optional<Syscall> syscall;
  private final List<Arg> args;
  private final List<ErrnoJump> errnoJumps = new ArrayList<>();
  private Data result;
  private boolean narrow;
  private Label onError;
  private Label onZero;
  private Label next;

  /** Where to go on one particular error. */
  record ErrnoJump(int errno, Label target) {}

  Instruction(String step, Optional<Syscall> syscall, List<Arg> args) {
    if (args.size() > MOST_ARGS) {
      throw new IllegalArgumentException("a syscall takes six arguments at most: " + args);
    }
    this.step = step;
    this.syscall = syscall;
    this.args = List.copyOf(args);
  }

  /** Stores the result. */
  Instruction into(Data slot) {
    result = slot;
    return this;
  }

  /** Stores the result as an int, as a field of a struct needs it. */
  Instruction intoInt(Data field) {
    narrow = true;
    return into(field);
  }

  /** Goes there on any error that has no jump of its own. */
  Instruction onError(Label target) {
    onError = target;
    return this;
  }

  /** Goes there on this error. Each instruction has one such jump. */
  Instruction onErrno(int errno, Label target) {
    if (!errnoJumps.isEmpty()) {
      throw new IllegalStateException("an instruction can tell one errno from the others only");
    }
    errnoJumps.add(new ErrnoJump(errno, target));
    return this;
  }

  /** Goes there on the result 0. */
  Instruction onZero(Label target) {
    onZero = target;
    return this;
  }

  /** Goes there instead of to the next instruction. */
  Instruction then(Label target) {
    next = target;
    return this;
  }

  String step() {
    return step;
  }

  Optional<Syscall> syscall() {
    return syscall;
  }

  List<Arg> args() {
    return args;
  }

  Optional<Data> result() {
    return Optional.ofNullable(result);
  }

  boolean isNarrow() {
    return narrow;
  }

  Optional<ErrnoJump> errnoJump() {
    return errnoJumps.stream().findFirst();
  }

  Optional<Label> onError() {
    return Optional.ofNullable(onError);
  }

  Optional<Label> onZero() {
    return Optional.ofNullable(onZero);
  }

  Optional<Label> next() {
    return Optional.ofNullable(next);
  }

  /** The call as strace would print it. */
  String call() {
    StringJoiner shown =
        new StringJoiner(", ", syscall.map(Syscall::spelled).orElse("result") + "(", ")");
    args.forEach(arg -> shown.add(arg.shown()));
    return result().map(slot -> slot.name() + " = " + shown).orElse(shown.toString());
  }
}

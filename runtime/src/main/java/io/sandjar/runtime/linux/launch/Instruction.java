package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.Architecture;
import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * One syscall of a program, and where to go on afterwards. Without a syscall its first argument is
 * its result: that moves a value, tests a slot, or fails with a chosen errno.
 */
final class Instruction {
  private static final int MOST_ARGS = 6;

  private final String step;
  private final Syscall syscall;
  private final Arg[] args;
  private ErrnoJump errnoJump;
  private Data result;
  private boolean narrow;
  private boolean again;
  private Label onError;
  private Label onZero;
  private Label next;
  private String limit;

  /** Where to go on one particular error. */
  record ErrnoJump(int errno, Label target) {}

  /**
   * @param step null for one that only goes on elsewhere
   * @param syscall null for none
   */
  Instruction(String step, Syscall syscall, Arg... args) {
    if (args.length > MOST_ARGS) {
      throw new IllegalArgumentException(
          "a syscall takes six arguments at most: " + Arrays.toString(args));
    }
    this.step = step;
    this.syscall = syscall;
    this.args = args;
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

  /** Is tried again for as long as its error is EAGAIN. */
  Instruction again() {
    again = true;
    return this;
  }

  /** Goes there on any error that has no jump of its own. */
  Instruction onError(Label target) {
    onError = target;
    return this;
  }

  /** Goes there on this error. Each instruction has one such jump. */
  Instruction onErrno(int errno, Label target) {
    if (errnoJump != null) {
      throw new IllegalStateException("an instruction can tell one errno from the others only");
    }
    errnoJump = new ErrnoJump(errno, target);
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

  /** For want of room the kernel means this limit here, and no full disk. */
  Instruction within(String limit) {
    this.limit = limit;
    return this;
  }

  /** As the message of its failure ends. */
  String failure(Errno errno) {
    if (limit != null) {
      return errno.within(limit);
    }
    return syscall == null ? errno.toString() : syscall.failure(errno);
  }

  String step() {
    return step == null ? "go on at " + next.name() : step;
  }

  Optional<Syscall> syscall() {
    return Optional.ofNullable(syscall);
  }

  /** Not to be changed. */
  Arg[] args() {
    return args;
  }

  Optional<Data> result() {
    return Optional.ofNullable(result);
  }

  Optional<ErrnoJump> errnoJump() {
    return Optional.ofNullable(errnoJump);
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

  /** Where its result is stored; null for nowhere. */
  Data stored() {
    return result;
  }

  /**
   * Writes it as the launcher reads it.
   *
   * @param at which of the program's words is its first
   * @param failure where errors go that have no jump
   * @param following the address of the instruction after this
   * @param nowhere the address for a result that nobody wants
   */
  void encode(
      long[] words,
      int at,
      Architecture architecture,
      Label failure,
      long following,
      long nowhere) {
    // Without Optional, streams and buffers: a launch has hundreds of these, and is not often
    // enough for the compiler to make them cheap.
    long flags = narrow ? Program.NARROW_RESULT : 0;
    if (again) {
      flags |= 1L << Program.AGAIN_BIT;
    }
    int argument = at + Program.ARGS / Long.BYTES;
    for (int i = 0; i < args.length; i++) {
      Arg arg = args[i];
      if (arg instanceof Arg.Content) {
        flags |= 1L << i;
      }
      words[argument + i] = arg.encoded();
    }
    words[at + Program.SYSCALL / Long.BYTES] =
        syscall == null ? Program.NO_SYSCALL : syscall.number(architecture);
    words[at + Program.FLAGS / Long.BYTES] = flags;
    words[at + Program.RESULT / Long.BYTES] = result == null ? nowhere : result.address();
    if (errnoJump != null) {
      words[at + Program.ERRNO / Long.BYTES] = errnoJump.errno();
      words[at + Program.ON_ERRNO / Long.BYTES] = errnoJump.target().address();
    }
    long otherwise = next == null ? following : next.address();
    words[at + Program.ON_ERROR / Long.BYTES] = (onError == null ? failure : onError).address();
    words[at + Program.ON_ZERO / Long.BYTES] = onZero == null ? otherwise : onZero.address();
    words[at + Program.NEXT / Long.BYTES] = otherwise;
  }

  /** The call as strace would print it. */
  String call() {
    StringJoiner shown =
        new StringJoiner(", ", syscall().map(Syscall::spelled).orElse("result") + "(", ")");
    for (Arg arg : args) {
      shown.add(arg.shown());
    }
    return result().map(slot -> slot.name() + " = " + shown).orElse(shown.toString());
  }
}

package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Architecture;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Consumer;

/**
 * One syscall of a program, and where to go on afterwards. Without a syscall its first argument is
 * its result: that moves a value, tests a slot, or fails with a chosen errno.
 */
final class Instruction {
  private static final int MOST_ARGS = 6;

  private final String step;
  private final Optional<Syscall> syscall;
  private final List<Arg> args;
  private ErrnoJump errnoJump;
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

  /** The data that its arguments and its result need, without what that points to. */
  void collectInto(Consumer<Data> found) {
    for (Arg arg : args) {
      if (arg.data() != null) {
        found.accept(arg.data());
      }
    }
    if (result != null) {
      found.accept(result);
    }
  }

  /**
   * Writes it as the launcher reads it.
   *
   * @param at where in the memory
   * @param failure where errors go that have no jump
   * @param following the address of the instruction after this
   */
  void encode(ByteBuffer memory, int at, Architecture architecture, Label failure, long following) {
    // Without Optional and streams: a launch has hundreds of these, and is not often enough for the
    // compiler to make them cheap.
    long flags = narrow ? Program.NARROW_RESULT : 0;
    for (int i = 0; i < args.size(); i++) {
      Arg arg = args.get(i);
      if (arg instanceof Arg.Content) {
        flags |= 1L << i;
      }
      memory.putLong(at + Program.ARGS + i * Long.BYTES, arg.encoded());
    }
    long number = syscall.isPresent() ? syscall.get().number(architecture) : Program.NO_SYSCALL;
    memory.putLong(at + Program.SYSCALL, number);
    memory.putLong(at + Program.FLAGS, flags);
    memory.putLong(at + Program.RESULT, result == null ? Program.SCRATCH : result.address());
    if (errnoJump != null) {
      memory.putLong(at + Program.ERRNO, errnoJump.errno());
      memory.putLong(at + Program.ON_ERRNO, errnoJump.target().address());
    }
    long otherwise = next == null ? following : next.address();
    memory.putLong(at + Program.ON_ERROR, (onError == null ? failure : onError).address());
    memory.putLong(at + Program.ON_ZERO, onZero == null ? otherwise : onZero.address());
    memory.putLong(at + Program.NEXT, otherwise);
  }

  /** The call as strace would print it. */
  String call() {
    StringJoiner shown =
        new StringJoiner(", ", syscall.map(Syscall::spelled).orElse("result") + "(", ")");
    args.forEach(arg -> shown.add(arg.shown()));
    return result().map(slot -> slot.name() + " = " + shown).orElse(shown.toString());
  }
}

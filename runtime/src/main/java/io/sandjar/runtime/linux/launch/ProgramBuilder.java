package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Composes a program step by step. */
final class ProgramBuilder {
  private static final int FIRST_AFTER_STDIO = 3;
  private static final long EVERY_FD = 0xffff_ffffL;

  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Label> placed = new ArrayList<>();
  private final Set<Fd> files = new LinkedHashSet<>();
  private final Label failure = new Label("failure", "");

  /**
   * Adds a syscall.
   *
   * @param step what it does and on what, as an error says it: {@code mount proc on /proc}
   */
  Instruction call(String step, Syscall syscall, Arg... args) {
    return add(new Instruction(step, syscall, args));
  }

  /** Adds an instruction without a syscall: the value is its result. */
  Instruction value(String step, Arg value) {
    return add(new Instruction(step, null, value));
  }

  /** Fails with this errno. */
  Instruction fail(String step, int errno) {
    return value(step, Arg.num(-errno));
  }

  /** Goes on there. */
  void jump(Label target) {
    value(null, Arg.num(0)).onZero(target).then(target);
  }

  /** The program needs this file, though no argument shows it. */
  void uses(Fd fd) {
    files.add(fd);
  }

  /** Every file that the program needs, each once. */
  Set<Fd> files() {
    return Collections.unmodifiableSet(files);
  }

  Label label(String name) {
    return new Label(name, "");
  }

  Label label(String what, String of) {
    return new Label(what, of);
  }

  /** The next instruction is at the label. */
  void place(Label label) {
    label.place(instructions.size());
    placed.add(label);
  }

  /** Where errors go that nobody expects. */
  Label failure() {
    return failure;
  }

  /**
   * The program. It begins with closing what it does not use, which is known only now: fds of the
   * daemon that some library left without close-on-exec.
   */
  Program build(Data... results) {
    return build(List.of(results));
  }

  Program build(List<Data> results) {
    List<Instruction> all = closingOthers(files);
    int shift = all.size();
    for (Label label : placed) {
      label.shift(shift);
    }
    all.addAll(instructions);
    return new Program(all, placed, failure, results);
  }

  /** Closes every descriptor above stdio but these. */
  void keepOnly(Collection<Fd> kept) {
    instructions.addAll(closingOthers(kept));
  }

  private static List<Instruction> closingOthers(Collection<Fd> kept) {
    SortedSet<Integer> numbers = new TreeSet<>();
    kept.forEach(fd -> numbers.add(fd.number()));
    List<Instruction> closing = new ArrayList<>();
    long from = FIRST_AFTER_STDIO;
    for (int number : numbers) {
      if (number > from) {
        closing.add(closeRange(from, number - 1L));
      }
      from = number + 1L;
    }
    closing.add(closeRange(from, EVERY_FD));
    return closing;
  }

  private static Instruction closeRange(long from, long to) {
    return new Instruction(
        "close every other file", Syscall.CLOSE_RANGE, Arg.num(from), Arg.num(to), Arg.num(0));
  }

  private Instruction add(Instruction instruction) {
    for (Arg arg : instruction.args()) {
      if (arg instanceof Arg.File file) {
        files.add(file.fd());
      }
    }
    instructions.add(instruction);
    return instruction;
  }
}

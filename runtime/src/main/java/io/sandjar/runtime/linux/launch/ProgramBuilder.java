package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
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
  private final Label failure = new Label("failure");

  /**
   * Adds a syscall.
   *
   * @param step what it does and on what, as an error says it: {@code mount proc on /proc}
   */
  Instruction call(String step, Syscall syscall, Arg... args) {
    return add(new Instruction(step, Optional.of(syscall), List.of(args)));
  }

  /** Adds an instruction without a syscall: the value is its result. */
  Instruction value(String step, Arg value) {
    return add(new Instruction(step, Optional.empty(), List.of(value)));
  }

  /** Fails with this errno. */
  Instruction fail(String step, int errno) {
    return value(step, Arg.num(-errno));
  }

  /** Goes on there. */
  void jump(Label target) {
    value("go on at " + target.name(), Arg.num(0)).onZero(target).then(target);
  }

  /** The program needs this file, though no argument shows it. */
  void uses(Fd fd) {
    files.add(fd);
  }

  /** Every file that the program needs, each once. */
  Set<Fd> files() {
    Set<Fd> all = new LinkedHashSet<>(files);
    for (Instruction instruction : instructions) {
      for (Arg arg : instruction.args()) {
        if (arg instanceof Arg.File file) {
          all.add(file.fd());
        }
      }
    }
    return all;
  }

  Label label(String name) {
    return new Label(name);
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
    List<Instruction> all = new ArrayList<>(closingOthers(files()));
    placed.forEach(label -> label.shift(all.size()));
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
    List<Arg> args = List.of(Arg.num(from), Arg.num(to), Arg.num(0));
    return new Instruction("close every other file", Optional.of(Syscall.CLOSE_RANGE), args);
  }

  private Instruction add(Instruction instruction) {
    instructions.add(instruction);
    return instruction;
  }
}

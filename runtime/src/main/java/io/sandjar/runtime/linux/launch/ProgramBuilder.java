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
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;

  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Label> placed = new ArrayList<>();
  private final Set<Fd> files = new LinkedHashSet<>();
  private final Label failure = new Label("failure", "");
  private int restFrom;
  private int restTo;

  /**
   * Adds a syscall.
   *
   * @param step what it does and on what, as an error says it: {@code mount proc on /proc}
   */
  Instruction call(String step, Syscall syscall, Arg... args) {
    return add(new Instruction(step, syscall, args));
  }

  /** Adds one that is the same in every program: without data, files and labels. */
  void call(Instruction shared) {
    instructions.add(shared);
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

  /**
   * What follows, up to {@link #endRest}, is what the process does for as long as it lives. It is
   * taken into memory of its own at the start, and nothing else is kept from here on: a program has
   * some 100 KiB, its rest a page or two. An error in it goes nowhere unless it says where.
   */
  void beginRest() {
    restFrom = instructions.size();
    letGo(
        "let go of the program",
        Syscall.MUNMAP,
        Arg.num(Program.BEHIND_HEADER),
        Arg.num(Program.MOST_BYTES_BEHIND));
    letGo(
        "let go of what is shared",
        Syscall.MUNMAP,
        Arg.num(Program.SHARED_BASE),
        Arg.num(Program.SHARED_BYTES));
    // The launcher writes errors there, if any come.
    letGo(
        "let go of the header",
        Syscall.MMAP,
        Arg.num(Program.BASE),
        Arg.num(Program.HEADER_MAP_BYTES),
        Arg.num(LauncherCode.PROT_READ_WRITE),
        Arg.num(LauncherCode.MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS),
        Arg.num(-1),
        Arg.num(0));
  }

  /** Who cannot let go goes on with what it has. */
  private void letGo(String step, Syscall syscall, Arg... args) {
    Label next = label("behind: ", step);
    call(step, syscall, args).onError(next);
    place(next);
  }

  /** The rest ends with a jump into itself, or with the process. */
  void endRest() {
    restTo = instructions.size();
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
    List<Instruction> all = takingRest();
    all.addAll(closingOthers(files));
    int first = all.size();
    for (Label label : placed) {
      label.shift(first);
    }
    all.addAll(instructions);
    return new Program(all, placed, failure, results, restFrom + first, restTo + first);
  }

  /** The program's file is read from where the rest begins; see {@link Spawner}. */
  private List<Instruction> takingRest() {
    List<Instruction> taking = new ArrayList<>();
    if (restTo > restFrom) {
      String step = "take what the process does for as long as it lives";
      taking.add(
          new Instruction(
              step,
              Syscall.MMAP,
              Arg.num(Program.REST_BASE),
              Arg.num(Program.MOST_REST_BYTES),
              Arg.num(LauncherCode.PROT_READ_WRITE),
              Arg.num(LauncherCode.MAP_PRIVATE | LauncherCode.MAP_FIXED_NOREPLACE | MAP_ANONYMOUS),
              Arg.num(-1),
              Arg.num(0)));
      taking.add(
          new Instruction(
              step,
              Syscall.READ,
              Arg.num(LauncherCode.PROGRAM_FD),
              Arg.num(Program.REST_BASE),
              Arg.num(Program.MOST_REST_BYTES)));
    }
    return taking;
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

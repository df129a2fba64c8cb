package io.sandjar.runtime.linux.seccomp;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.Capability;
import io.sandjar.runtime.linux.seccomp.BpfAssembler.Label;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiles profiles to the kernel's filters: per architecture a balanced tree of comparisons over
 * ranges of call numbers, so that any call is judged in some eight steps. (Calls that are allowed
 * whatever their arguments cost nothing since Linux 5.11: the kernel asks once and remembers.)
 *
 * <p>A call that is newer than every one that the profile names gets ENOSYS instead of a refusing
 * default: a program that probes for it falls back, where EPERM would end it.
 */
public final class SeccompCompiler {
  private static final int NR = 0; // offsetof(struct seccomp_data, nr)
  private static final int ARCH = 4; // offsetof(struct seccomp_data, arch)

  /** __X32_SYSCALL_BIT of asm/unistd.h. */
  private static final int X32_BIT = 0x40000000;

  /** Where ARM's private calls begin (__ARM_NR_BASE), far above the others. */
  private static final int ARM_PRIVATE = 0xf0000;

  private static final int UNSIGNED_MAX = -1;

  private final SeccompArch machine;
  private final KernelVersion kernel;
  private final Map<SeccompArch, SyscallTable> tables = new EnumMap<>(SeccompArch.class);
  private final SeccompProfile runtimeDefault = SeccompProfile.runtimeDefault();
  private final Map<Set<Capability>, SeccompFilter> defaults = new ConcurrentHashMap<>();

  public SeccompCompiler(SeccompArch machine, KernelVersion kernel) {
    this.machine = machine;
    this.kernel = kernel;
    for (SeccompArch arch : machine.runnable()) {
      tables.put(arch, SyscallTable.of(arch));
    }
  }

  public static SeccompCompiler forThisMachine() throws IOException {
    return new SeccompCompiler(SeccompArch.ofThisMachine(), KernelVersion.ofThisMachine());
  }

  /**
   * The filter of RuntimeDefault for a container with these capabilities, compiled once.
   *
   * @param capabilities the bounding set, a mask as in {@link Capabilities}
   */
  public SeccompFilter runtimeDefault(long capabilities) {
    return defaults.computeIfAbsent(
        Capabilities.set(capabilities), granted -> compile(runtimeDefault, capabilities));
  }

  /**
   * @param capabilities the bounding set, a mask: rules may depend on it
   */
  public SeccompFilter compile(SeccompProfile profile, long capabilities) {
    Set<Capability> granted = Capabilities.set(capabilities);
    List<SeccompRule> rules =
        profile.rules().stream().filter(rule -> rule.counts(machine, granted, kernel)).toList();
    BpfAssembler assembler = new BpfAssembler();
    // A program of an architecture that the profile does not have cannot be judged by it.
    Label next = assembler.answer(SeccompAction.KILL_THREAD);
    for (SeccompArch arch : List.of(SeccompArch.X86, SeccompArch.ARM)) {
      if (tables.containsKey(arch) && profile.architectures().contains(arch)) {
        next = branch(assembler, arch, calls(assembler, arch, profile, rules), next);
      }
    }
    next = branch(assembler, machine, calls(assembler, machine, profile, rules), next);
    assembler.load(ARCH, next);
    return new SeccompFilter(assembler.program(), profile.flags());
  }

  private static Label branch(
      BpfAssembler assembler, SeccompArch arch, Label calls, Label otherwise) {
    return assembler.ifEqual(arch.audit(), calls, otherwise);
  }

  private Label calls(
      BpfAssembler assembler, SeccompArch arch, SeccompProfile profile, List<SeccompRule> rules) {
    CallRules calls = new CallRules();
    calls.add(tables.get(arch), rules);
    boolean x32 = arch == SeccompArch.X86_64 && profile.architectures().contains(SeccompArch.X32);
    if (x32) {
      calls.add(tables.get(SeccompArch.X32), rules);
    }
    List<Range> ranges = ranges(arch, x32, calls, profile.defaultAction());
    Label tree = tree(new Writer(assembler, new ArgTests(assembler, arch.wide())), ranges);
    return assembler.load(NR, tree);
  }

  /** The whole space of numbers, cut where what is to be done changes. */
  private static List<Range> ranges(
      SeccompArch arch, boolean x32, CallRules calls, SeccompAction defaultAction) {
    List<Range> ranges = new ArrayList<>();
    Treatment beyond =
        defaultAction.letsThrough()
            ? Treatment.always(defaultAction)
            : Treatment.always(SeccompAction.NO_SUCH_CALL);
    Treatment unnamed = Treatment.always(defaultAction);
    int next = 0;
    int end = arch == SeccompArch.X86_64 ? X32_BIT : ARM_PRIVATE;
    int last = calls.lastBelow(end).orElse(UNSIGNED_MAX);
    Treatment gap = unnamed;
    for (Map.Entry<Integer, CallRules.Call> entry : calls.calls().entrySet()) {
      int number = entry.getKey();
      if (Integer.compareUnsigned(number, end) >= 0 && Integer.compareUnsigned(next, end) <= 0) {
        // From the last number of the first block up to the second block.
        add(ranges, next, beyond);
        next = end;
      }
      if (number != next) {
        add(ranges, next, gap);
      }
      add(ranges, number, Treatment.of(entry.getValue(), defaultAction));
      next = number + 1;
    }
    boolean second = Integer.compareUnsigned(next, end) > 0;
    if (last == UNSIGNED_MAX && !second) {
      add(ranges, 0, unnamed); // No rule at all: every call is as known as any other.
    } else {
      add(ranges, next, beyond);
    }
    if (arch == SeccompArch.X86_64 && !x32) {
      refuseX32(ranges);
    }
    // A tracer sets -1 to skip a call: that must stay possible.
    add(ranges, UNSIGNED_MAX, Treatment.always(SeccompAction.ALLOW));
    return ranges;
  }

  /** A profile without x32 must not be left by setting its bit. */
  private static void refuseX32(List<Range> ranges) {
    add(ranges, X32_BIT, Treatment.always(SeccompAction.KILL_THREAD));
  }

  private static void add(List<Range> ranges, int from, Treatment treatment) {
    if (!ranges.isEmpty()) {
      Range last = ranges.get(ranges.size() - 1);
      if (last.from() == from) {
        ranges.remove(ranges.size() - 1);
      } else if (last.treatment().equals(treatment)) {
        return;
      }
    }
    ranges.add(new Range(from, treatment));
  }

  private static Label tree(Writer writer, List<Range> ranges) {
    if (ranges.size() == 1) {
      return writer.write(ranges.get(0).treatment());
    }
    int middle = ranges.size() / 2;
    Label above = tree(writer, ranges.subList(middle, ranges.size()));
    Label below = tree(writer, ranges.subList(0, middle));
    return writer.assembler.ifAtLeast(ranges.get(middle).from(), above, below);
  }

  /** Numbers from one on, up to the next range's. */
  private record Range(int from, Treatment treatment) {}

  /** What is to be done with a call: alternatives under conditions, then an action. */
  private record Treatment(List<CallRules.Alternative> alternatives, SeccompAction otherwise) {
    static Treatment always(SeccompAction action) {
      return new Treatment(List.of(), action);
    }

    static Treatment of(CallRules.Call call, SeccompAction defaultAction) {
      return new Treatment(List.copyOf(call.alternatives()), call.otherwise(defaultAction));
    }
  }

  private record Writer(BpfAssembler assembler, ArgTests tests) {
    Label write(Treatment treatment) {
      Label next = assembler.answer(treatment.otherwise());
      for (int i = treatment.alternatives().size() - 1; i >= 0; i--) {
        CallRules.Alternative alternative = treatment.alternatives().get(i);
        next = tests.all(alternative.conditions(), assembler.answer(alternative.action()), next);
      }
      return next;
    }
  }
}

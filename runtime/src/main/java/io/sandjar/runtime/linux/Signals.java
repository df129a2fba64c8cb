package io.sandjar.runtime.linux;

import java.util.List;
import java.util.Locale;

/** Signal names and numbers, as images and the CRI write them (signal(7), x86 and ARM). */
public final class Signals {
  public static final int SIGKILL = 9;
  public static final int SIGTERM = 15;

  /** The first real-time signal that glibc leaves to programs; the kernel's own is 32. */
  private static final int SIGRTMIN = 34;

  private static final int SIGRTMAX = 64;

  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private Signals() {}

  /**
   * The number of {@code SIGTERM}, {@code term}, {@code 15}, {@code SIGRTMIN+3} or the CRI's {@code
   * SIGRTMINPLUS3}.
   */
  public static int parse(String signal) {
    String name = signal.strip().toUpperCase(Locale.ROOT);
    if (!name.isEmpty() && name.chars().allMatch(Character::isDigit) && name.length() <= 2) {
      return checked(Integer.parseInt(name), signal);
    }
    if (name.startsWith("SIG")) {
      name = name.substring("SIG".length());
    }
    int index = NAMES.indexOf(alias(name));
    if (index >= 0) {
      return index + 1;
    }
    name = name.replace("PLUS", "+").replace("MINUS", "-");
    if (name.startsWith("RTMIN")) {
      return realTime(SIGRTMIN, name.substring("RTMIN".length()), '+', signal);
    }
    if (name.startsWith("RTMAX")) {
      return realTime(SIGRTMAX, name.substring("RTMAX".length()), '-', signal);
    }
    throw unknown(signal);
  }

  private static String alias(String name) {
    return switch (name) {
      case "IOT" -> "ABRT";
      case "CLD" -> "CHLD";
      case "POLL" -> "IO";
      default -> name;
    };
  }

  private static int realTime(int base, String offset, char sign, String signal) {
    if (offset.isEmpty()) {
      return base;
    }
    String digits = offset.substring(1);
    boolean number = digits.matches("[0-9]{1,2}") && offset.charAt(0) == sign;
    if (!number) {
      throw unknown(signal);
    }
    int distance = Integer.parseInt(digits);
    int result = sign == '+' ? base + distance : base - distance;
    if (result < SIGRTMIN || result > SIGRTMAX) {
      throw unknown(signal);
    }
    return result;
  }

  private static int checked(int number, String signal) {
    if (number < 1 || number > SIGRTMAX) {
      throw unknown(signal);
    }
    return number;
  }

  private static IllegalArgumentException unknown(String signal) {
    return new IllegalArgumentException(
        "unknown signal \"" + signal + "\"; it must be like SIGTERM, TERM, 15 or SIGRTMIN+3");
  }

  /** The name of a number: {@code SIGTERM}, {@code SIGRTMIN+3}. */
  public static String name(int number) {
    if (number >= 1 && number <= NAMES.size()) {
      return "SIG" + NAMES.get(number - 1);
    }
    if (number >= SIGRTMIN && number <= SIGRTMAX) {
      return number == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+" + (number - SIGRTMIN);
    }
    return "signal " + number;
  }
}

package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;

/** One argument of a syscall. */
sealed interface Arg {

  /** How the listing shows it. */
  String shown();

  /** What the launcher gets; data has its address by then. */
  long encoded();

  /** The data that it needs; null for none. */
  default Data data() {
    return null;
  }

  /** A number that is known when the program is built. */
  record Constant(long value) implements Arg {
    @Override
    public long encoded() {
      return value;
    }

    @Override
    public String shown() {
      return value >= -255 && value <= 255 ? Long.toString(value) : "0x" + Long.toHexString(value);
    }
  }

  /** An open file of the launch; it has the same number in the daemon and in the launcher. */
  record File(Fd fd) implements Arg {
    @Override
    public long encoded() {
      return fd.number();
    }

    @Override
    public String shown() {
      return Integer.toString(fd.number());
    }
  }

  /** Where data is. */
  record Address(Data data) implements Arg {
    @Override
    public long encoded() {
      return data.address();
    }

    @Override
    public String shown() {
      return data.name().startsWith("\"") ? data.name() : "&" + data.name();
    }
  }

  /** What a slot holds when the instruction runs. */
  record Content(Data slot) implements Arg {
    @Override
    public long encoded() {
      return slot.address();
    }

    @Override
    public Data data() {
      return slot;
    }

    @Override
    public String shown() {
      return slot.name();
    }
  }

  static Arg num(long value) {
    return new Constant(value);
  }

  static Arg file(Fd fd) {
    return new File(fd);
  }

  static Arg at(Data data) {
    return new Address(data);
  }

  static Arg text(String text) {
    return new Address(Data.text(text));
  }

  static Arg in(Data slot) {
    return new Content(slot);
  }
}

package io.sandjar.runtime.linux.launch;

/** A place in a program to jump to. */
final class Label {
  private static final int NOWHERE = -1;

  private final String what;
  private final String of;
  private int index = NOWHERE;
  private long address;

  /** Its name has two parts, since only a listing and an error need them in one. */
  Label(String what, String of) {
    this.what = what;
    this.of = of;
  }

  String name() {
    return what + of;
  }

  void place(int instruction) {
    if (index != NOWHERE) {
      throw new IllegalStateException("the label " + name() + " is placed twice");
    }
    index = instruction;
  }

  void shift(int instructions) {
    index += instructions;
  }

  /** Where its instruction lies, which is known when the program is laid out. */
  void lieAt(long at) {
    address = at;
  }

  long address() {
    index();
    return address;
  }

  int index() {
    if (index == NOWHERE) {
      throw new IllegalStateException("nothing is at the label " + name());
    }
    return index;
  }
}

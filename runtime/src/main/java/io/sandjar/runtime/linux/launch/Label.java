package io.sandjar.runtime.linux.launch;

/** A place in a program to jump to. */
final class Label {
  private static final int NOWHERE = -1;

  private final String name;
  private int index = NOWHERE;

  Label(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void place(int instruction) {
    if (index != NOWHERE) {
      throw new IllegalStateException("the label " + name + " is placed twice");
    }
    index = instruction;
  }

  void shift(int instructions) {
    index += instructions;
  }

  long address() {
    return Program.addressOf(index());
  }

  int index() {
    if (index == NOWHERE) {
      throw new IllegalStateException("nothing is at the label " + name);
    }
    return index;
  }
}

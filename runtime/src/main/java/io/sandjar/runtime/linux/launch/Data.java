package io.sandjar.runtime.linux.launch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A piece of a program's memory: a string, a struct, or a slot that a result goes to. Its address
 * is known when the program is laid out.
 */
final class Data {
  private static final int SHOWN_CHARS = 60;
  private static final byte[] NO_BYTES = {};
  private static final long[] NO_WORDS = {};

  /** A place in this data that holds the address of other data. */
  record Pointer(int offset, Data target) {}

  private final String name;
  private final int size;
  private final boolean shared;

  /** What it begins with; zeroes are behind that. */
  private final byte[] content;

  /** The same of a struct. */
  private final long[] words;

  private List<Pointer> pointers = List.of();
  private Map<Data, Integer> parts = Map.of();
  private long address;
  private boolean fixed;
  private Object mark;

  private Data(String name, int size, byte[] content, long[] words, boolean shared) {
    this.name = name;
    this.size = size;
    this.content = content;
    this.words = words;
    this.shared = shared;
  }

  private static Data zeroes(String name, int size, boolean shared) {
    return new Data(name, size, NO_BYTES, NO_WORDS, shared);
  }

  static Data text(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "text with a zero byte cannot be passed to the kernel: " + quote(text));
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Data("", bytes.length + 1, bytes, NO_WORDS, false);
  }

  /** Bytes as they are, with a name for the listing. */
  static Data bytes(String name, byte[] content) {
    return new Data(name, content.length, content.clone(), NO_WORDS, false);
  }

  /** A struct of 64-bit words. */
  static Data words(String name, long... words) {
    return new Data(name, words.length * Long.BYTES, NO_BYTES, words, false);
  }

  /** Zeroes for the kernel to write to. */
  static Data room(String name, int bytes) {
    return zeroes(name, bytes, false);
  }

  /** A 64-bit cell of one process. */
  static Data slot(String name) {
    return zeroes(name, Long.BYTES, false);
  }

  /** A 64-bit cell that all processes of the program and the daemon see. */
  static Data sharedSlot(String name) {
    return zeroes(name, Long.BYTES, true);
  }

  /** Puts the address of other data into this. */
  Data point(int offset, Data target) {
    if (pointers.isEmpty()) {
      pointers = new ArrayList<>();
    }
    pointers.add(new Pointer(offset, target));
    return this;
  }

  /** What the launcher writes on an error: the instruction's address and the errno. */
  static Data header() {
    Data header = zeroes("error", 0, true);
    header.address = Program.BASE;
    header.fixed = true;
    return header;
  }

  /** What lies at an offset of this. */
  Data part(String partName, int offset) {
    Data part = zeroes(partName, 0, true);
    part.fixed = true;
    if (parts.isEmpty()) {
      parts = new HashMap<>();
    }
    parts.put(part, offset);
    return part;
  }

  /** How a listing calls it: a string by itself. */
  String name() {
    return name.isEmpty() ? quote(new String(content, StandardCharsets.UTF_8)) : name;
  }

  int size() {
    return size;
  }

  boolean isShared() {
    return shared;
  }

  long address() {
    return address;
  }

  void place(long at) {
    if (!fixed) {
      address = at;
      if (!parts.isEmpty()) {
        parts.forEach((part, offset) -> part.address = at + offset);
      }
    }
  }

  /** Marks it for a pass over all data; whether it was not marked with that yet. */
  boolean markedFirst(Object with) {
    boolean first = mark != with;
    mark = with;
    return first;
  }

  /** Where in this the addresses of other data are. */
  List<Pointer> pointers() {
    return pointers;
  }

  /** Its content; everything that it points to has an address by now. */
  void writeTo(ByteBuffer memory, int position) {
    memory.put(position, content);
    for (int i = 0; i < words.length; i++) {
      if (words[i] != 0) {
        memory.putLong(position + i * Long.BYTES, words[i]);
      }
    }
    for (Pointer pointer : pointers) {
      memory.putLong(position + pointer.offset(), pointer.target().address);
    }
  }

  private static String quote(String text) {
    String shown = text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    return '"' + shown.replace("\n", "\\n") + '"';
  }
}

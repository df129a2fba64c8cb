package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.OpenFiles;
import java.util.ArrayList;
import java.util.List;

/**
 * Steps that open and make paths inside a container's root, whatever symbolic links an image or a
 * volume has there: openat2(2) resolves them as if the root were {@code /}, and what is found is
 * used by its descriptor only (CVE-2021-30465).
 */
final class InRoot {
  private static final int OPEN_HOW_BYTES = 24;
  private static final int FOLDER_MODE = 0755;
  private static final int FILE_MODE = 0644;

  private final ProgramBuilder program;
  private final Data root;
  private final Data anything = how(0);
  private final Data folders = how(OpenFiles.O_DIRECTORY);

  /**
   * @param root the slot with the root's descriptor
   */
  InRoot(ProgramBuilder program, Data root) {
    this.program = program;
    this.root = root;
  }

  /** Opens a path without effect (O_PATH) into the slot. */
  Instruction open(String step, String path, long flags, Data into) {
    return open(step, text(relative(path)), flags == 0 ? anything : how(flags), into);
  }

  /**
   * Where a link leads upwards the kernel gives up (EAGAIN) if anything on the machine was renamed
   * or mounted meanwhile: it could not tell then whether it is still inside the root.
   */
  private Instruction open(String step, Arg path, Data how, Data into) {
    return program
        .call(step, Syscall.OPENAT2, in(root), path, at(how), num(OPEN_HOW_BYTES))
        .again()
        .into(into);
  }

  private static Data how(long flags) {
    return Data.words(
        "O_PATH in root",
        flags | OpenFiles.O_PATH | OpenFiles.O_CLOEXEC,
        0,
        MountFlags.RESOLVE_IN_ROOT | MountFlags.RESOLVE_NO_MAGICLINKS);
  }

  /**
   * Opens a path into the slot, and makes it and the folders above it where they are missing.
   *
   * @param step what it is for
   * @param folder what is made: a folder, or an empty file
   */
  void openOrMake(String step, String path, boolean folder, Data into) {
    List<String> names = names(path);
    Label make = program.label("make ", path);
    Label found = program.label("found ", path);
    open(step, text(relative(path)), kind(folder), into)
        .onErrno(Errno.ENOENT.number(), make)
        .then(found);
    program.place(make);
    Data parent = root;
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      boolean last = i == names.size() - 1;
      prefix.append(i == 0 ? "" : "/").append(names.get(i));
      String upTo = prefix.toString();
      if (last) {
        makeOne(step, parent, names.get(i), upTo, folder, into);
      } else {
        Label there = program.label("there /", upTo);
        Label missing = program.label("missing /", upTo);
        Data opened = Data.slot("folder " + upTo);
        open(step, text(upTo), folders, opened).onErrno(Errno.ENOENT.number(), missing).then(there);
        program.place(missing);
        makeOne(step, parent, names.get(i), upTo, true, opened);
        program.place(there);
        parent = opened;
      }
    }
    program.place(found);
  }

  /**
   * What is there already is used, also if somebody else made it just now. A link that leads
   * nowhere gives way: images have such a resolv.conf.
   */
  private void makeOne(
      String step, Data parent, String name, String prefix, boolean folder, Data into) {
    Label exists = program.label("exists /", prefix);
    Label deadLink = program.label("dead link /", prefix);
    Label made = program.label("made /", prefix);
    Label opened = program.label("opened /", prefix);
    Data kind = kind(folder);
    Arg path = text(prefix);
    Arg last = text(name);
    make(step, parent, last, folder).onErrno(Errno.EEXIST.number(), exists).then(made);
    program.place(exists);
    open(step, path, kind, into).onErrno(Errno.ENOENT.number(), deadLink).then(opened);
    program.place(deadLink);
    program.call(step, Syscall.UNLINKAT, in(parent), last, num(0));
    make(step, parent, last, folder);
    program.place(made);
    open(step, path, kind, into);
    program.place(opened);
  }

  /** What is no folder where one is needed fails with ENOTDIR. */
  private Data kind(boolean folder) {
    return folder ? folders : anything;
  }

  private Instruction make(String step, Data parent, Arg name, boolean folder) {
    if (folder) {
      return program.call(step, Syscall.MKDIRAT, in(parent), name, num(FOLDER_MODE));
    }
    long regular = 0100000;
    return program.call(step, Syscall.MKNODAT, in(parent), name, num(regular | FILE_MODE), num(0));
  }

  /** Relative to the root, without what means nothing. */
  static String relative(String path) {
    List<String> names = names(path);
    return names.isEmpty() ? "." : String.join("/", names);
  }

  private static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/")) {
      if (name.equals("..")) {
        throw new IllegalArgumentException("the path " + path + " must not contain ..");
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }
}

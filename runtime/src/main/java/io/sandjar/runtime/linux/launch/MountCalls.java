package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import java.nio.file.Path;
import java.util.List;

/** Steps of the mount API: file systems and trees that are detached first, and attached later. */
final class MountCalls {
  private static final int MOUNT_ATTR_BYTES = 32;

  private final ProgramBuilder program;

  MountCalls(ProgramBuilder program) {
    this.program = program;
  }

  /** An option of a new file system; one without a value is a flag. */
  record Option(String key, String value) {
    static Option flag(String key) {
      return new Option(key, "");
    }

    long command() {
      return value.isEmpty() ? MountFlags.FSCONFIG_SET_FLAG : MountFlags.FSCONFIG_SET_STRING;
    }

    @Override
    public String toString() {
      return value.isEmpty() ? key : key + "=" + value;
    }
  }

  /**
   * Makes a file system, mounted nowhere yet, into the slot.
   *
   * @return the step at which the kernel looks at all options together
   */
  Instruction create(String step, String type, List<Option> options, long attributes, Data into) {
    Data context = Data.slot(type + " context");
    program.call(step, Syscall.FSOPEN, text(type), num(MountFlags.FSOPEN_CLOEXEC)).into(context);
    for (Option option : options) {
      program.call(
          step + " with " + option,
          Syscall.FSCONFIG,
          in(context),
          num(option.command()),
          text(option.key()),
          option.value().isEmpty() ? num(0) : text(option.value()),
          num(0));
    }
    Instruction create =
        program.call(
            step,
            Syscall.FSCONFIG,
            in(context),
            num(MountFlags.FSCONFIG_CMD_CREATE),
            num(0),
            num(0),
            num(0));
    program
        .call(step, Syscall.FSMOUNT, in(context), num(MountFlags.FSMOUNT_CLOEXEC), num(attributes))
        .into(into);
    program.call(step, Syscall.CLOSE, in(context));
    return create;
  }

  /** A detached copy of the mounts at a path of the host. */
  void copyTree(String step, Path source, boolean recursive, Data into) {
    program
        .call(
            step,
            Syscall.OPEN_TREE,
            num(MountFlags.AT_FDCWD),
            text(source.toString()),
            num(
                MountFlags.OPEN_TREE_CLONE
                    | MountFlags.OPEN_TREE_CLOEXEC
                    | (recursive ? MountFlags.AT_RECURSIVE : 0)))
        .into(into);
  }

  /** A detached copy of the mounts at an open file. */
  Instruction copyTreeAt(String step, Data folder, String name, boolean recursive, Data into) {
    return program
        .call(
            step,
            Syscall.OPEN_TREE,
            in(folder),
            text(name),
            num(
                MountFlags.OPEN_TREE_CLONE
                    | MountFlags.OPEN_TREE_CLOEXEC
                    | MountFlags.AT_EMPTY_PATH
                    | (recursive ? MountFlags.AT_RECURSIVE : 0)))
        .into(into);
  }

  void setAttributes(String step, Data mount, long set, boolean recursive) {
    attributes(step, mount, Data.words("mount_attr", set, 0, 0, 0), recursive);
  }

  /** MS_PRIVATE, MS_SLAVE or MS_SHARED, of the mount and all below it. */
  void setPropagation(String step, Data mount, long propagation) {
    attributes(step, mount, Data.words("mount_attr", 0, 0, propagation, 0), true);
  }

  /** Shows the mount's owners through a user namespace. */
  void idmap(String step, Data mount, UserNamespace user) {
    attributes(
        step,
        mount,
        Data.words("mount_attr", MountFlags.MOUNT_ATTR_IDMAP, 0, 0, user.namespace().number()),
        false);
    program.uses(user.namespace());
  }

  private void attributes(String step, Data mount, Data attributes, boolean recursive) {
    program.call(
        step,
        Syscall.MOUNT_SETATTR,
        in(mount),
        text(""),
        num(MountFlags.AT_EMPTY_PATH | (recursive ? MountFlags.AT_RECURSIVE : 0)),
        at(attributes),
        num(MOUNT_ATTR_BYTES));
  }

  /** Attaches a detached mount at an open file or folder. */
  Instruction attach(String step, Data mount, Data target) {
    Arg itself = text("");
    return program.call(
        step,
        Syscall.MOVE_MOUNT,
        in(mount),
        itself,
        in(target),
        itself,
        num(MountFlags.MOVE_MOUNT_F_EMPTY_PATH | MountFlags.MOVE_MOUNT_T_EMPTY_PATH));
  }

  /** Attaches a detached mount at a path of this process's own mount namespace. */
  void attachAt(String step, Data mount, String target) {
    attachAt(step, mount, num(MountFlags.AT_FDCWD), target);
  }

  /**
   * The same at a name in an open folder; where that is a link, on the link itself, which the
   * kernel refuses.
   */
  void attachAt(String step, Data mount, Arg folder, String name) {
    program.call(
        step,
        Syscall.MOVE_MOUNT,
        in(mount),
        text(""),
        folder,
        text(name),
        num(MountFlags.MOVE_MOUNT_F_EMPTY_PATH));
  }
}

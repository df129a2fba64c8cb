package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.OpenFiles;
import java.nio.file.Path;
import java.util.List;

/** Steps that keep a container from reading or from writing some paths, mostly of /proc. */
final class HiddenPathSteps {

  /** The host's, which a container cannot have replaced by something else (CVE-2025-31133). */
  private static final Path NULL = Path.of("/dev/null");

  private final ProgramBuilder program;
  private final MountCalls mounts;
  private final InRoot root;

  HiddenPathSteps(ProgramBuilder program, InRoot root) {
    this.program = program;
    this.mounts = new MountCalls(program);
    this.root = root;
  }

  /** Covers it: a folder by an empty one that cannot be written, a file by /dev/null. */
  void mask(String path) {
    String step = "mask " + path;
    Label file = program.label("mask the file ", path);
    Label done = program.label("masked ", path);
    Data found = Data.slot(path);
    Data empty = Data.slot("empty folder");
    root.open(step, path, OpenFiles.O_DIRECTORY, found)
        .onErrno(Errno.ENOENT.number(), done)
        .onError(file);
    mounts.create(
        step,
        "tmpfs",
        List.of(),
        MountFlags.MOUNT_ATTR_RDONLY
            | MountFlags.MOUNT_ATTR_NOSUID
            | MountFlags.MOUNT_ATTR_NODEV
            | MountFlags.MOUNT_ATTR_NOEXEC,
        empty);
    mounts.attach(step, empty, found).then(done);
    program.place(file);
    Label notThere = program.label("not there: ", path);
    root.open(step, path, 0, found).onErrno(Errno.ENOTDIR.number(), notThere);
    Data nothing = Data.slot("null device");
    mounts.copyTree(step, NULL, false, nothing);
    mounts.attach(step, nothing, found);
    program.place(notThere);
    program.place(done);
  }

  /** Covers it by a read-only copy of itself. */
  void makeReadOnly(String path) {
    String step = "make " + path + " read-only";
    Label done = program.label("read-only ", path);
    Data found = Data.slot(path);
    Data copy = Data.slot("copy of " + path);
    root.open(step, path, 0, found).onErrno(Errno.ENOENT.number(), done);
    mounts.copyTreeAt(step, found, "", true, copy);
    mounts.setAttributes(step, copy, MountFlags.MOUNT_ATTR_RDONLY, true);
    mounts.attach(step, copy, found);
    program.place(done);
  }
}

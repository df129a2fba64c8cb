package io.sandjar.runtime.linux.mount;

import java.nio.file.Path;
import java.util.List;

/** Something mounted in a container, made in the order of the list that it stands in. */
public sealed interface Mount {

  /** Where, absolute, resolved inside the container's root; made where it is missing. */
  String target();

  /** What happens where the host has nothing at a bind mount's source. */
  enum MissingSource {
    /** An empty folder is made there first, as users of hostPath volumes expect. */
    CREATE_FOLDER,
    /** The launch fails. */
    FAIL,
    /** The mount is left out. */
    SKIP
  }

  /** Who may write below a bind mount. */
  enum Access {
    READ_WRITE,
    /** This mount is read-only; mounts below it stay as they are. */
    READ_ONLY,
    /** And so is everything that is mounted below it. */
    RECURSIVE_READ_ONLY
  }

  /**
   * A file or folder of the host, with what is mounted below it.
   *
   * @param subPath what of the source is shown; found when it is mounted, and inside the source
   *     whatever links somebody puts there meanwhile (CVE-2017-1002101); empty for all
   * @param idmapped owners on disk are shown through the pod's user namespace: for a volume that is
   *     stored with the ids that containers know
   */
  record Bind(
      Path source,
      String subPath,
      String target,
      Access access,
      Propagation propagation,
      boolean idmapped,
      MissingSource missingSource)
      implements Mount {

    /** Read-write, private, of a source that must exist. */
    public static Bind of(Path source, String target) {
      return new Bind(
          source, "", target, Access.READ_WRITE, Propagation.PRIVATE, false, MissingSource.FAIL);
    }

    public Bind with(Access other) {
      return new Bind(source, subPath, target, other, propagation, idmapped, missingSource);
    }

    public Bind with(Propagation other) {
      return new Bind(source, subPath, target, access, other, idmapped, missingSource);
    }

    public Bind with(MissingSource other) {
      return new Bind(source, subPath, target, access, propagation, idmapped, other);
    }

    public Bind withIdmap(boolean mapped) {
      return new Bind(source, subPath, target, access, propagation, mapped, missingSource);
    }
  }

  /**
   * An image as a volume, read-only.
   *
   * @param lower the layers' folders, the topmost first
   * @param subPath a folder inside it; empty for all of it
   */
  record ImageVolume(List<Path> lower, String subPath, String target) implements Mount {
    public ImageVolume {
      lower = List.copyOf(lower);
    }
  }

  /**
   * Memory.
   *
   * @param sizeBytes 0 for the kernel's default
   */
  record Tmpfs(String target, long sizeBytes, int mode, boolean noexec) implements Mount {}

  /** The processes of the container's pid namespace. */
  record Proc(String target) implements Mount {}

  /** The devices and settings of the container's network namespace. */
  record Sysfs(String target, boolean readOnly) implements Mount {}

  /**
   * A memory folder with the standard device nodes and links, a private devpts at {@code pts}, and
   * the launch's own devices. Without it in the list (say because a volume takes its place) no
   * device is made.
   */
  record Dev(String target) implements Mount {}

  /** POSIX message queues of the container's ipc namespace. */
  record Mqueue(String target) implements Mount {}

  /** The container's own cgroups: one mount on v2, a folder of mounts on v1. */
  record Cgroup(String target, boolean readOnly) implements Mount {}
}

package io.sandjar.runtime.linux.launch;

/** The mount API's constants, of linux/mount.h and linux/openat2.h. */
final class MountFlags {
  static final long AT_FDCWD = -100;
  static final long AT_EMPTY_PATH = 0x1000;
  static final long AT_RECURSIVE = 0x8000;
  static final long AT_SYMLINK_NOFOLLOW = 0x100;

  static final long FSOPEN_CLOEXEC = 1;
  static final long FSMOUNT_CLOEXEC = 1;
  static final long FSCONFIG_SET_FLAG = 0;
  static final long FSCONFIG_SET_STRING = 1;
  static final long FSCONFIG_CMD_CREATE = 6;

  static final long OPEN_TREE_CLONE = 1;
  static final long OPEN_TREE_CLOEXEC = 02000000;
  static final long MOVE_MOUNT_F_EMPTY_PATH = 0x4;
  static final long MOVE_MOUNT_T_EMPTY_PATH = 0x40;

  static final long MOUNT_ATTR_RDONLY = 0x1;
  static final long MOUNT_ATTR_NOSUID = 0x2;
  static final long MOUNT_ATTR_NODEV = 0x4;
  static final long MOUNT_ATTR_NOEXEC = 0x8;
  static final long MOUNT_ATTR_STRICTATIME = 0x20;
  static final long MOUNT_ATTR_IDMAP = 0x100000;

  static final long MS_RDONLY = 1;
  static final long MS_NOSUID = 2;
  static final long MS_NODEV = 4;
  static final long MS_NOEXEC = 8;
  static final long MS_BIND = 4096;
  static final long MS_REC = 16384;
  static final long MS_PRIVATE = 1 << 18;
  static final long MS_SLAVE = 1 << 19;
  static final long MS_SHARED = 1 << 20;
  static final long MNT_DETACH = 2;

  static final long RESOLVE_NO_MAGICLINKS = 0x02;
  static final long RESOLVE_IN_ROOT = 0x10;

  private MountFlags() {}
}

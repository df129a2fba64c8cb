package io.sandjar.netbridge.sys;

/** A failed syscall's error number, with the kernel's name and text for it. */
public record Errno(int number) {

  public static final Errno EPERM = of(jnr.constants.platform.Errno.EPERM);
  public static final Errno ENOENT = of(jnr.constants.platform.Errno.ENOENT);
  public static final Errno ESRCH = of(jnr.constants.platform.Errno.ESRCH);
  public static final Errno EIO = of(jnr.constants.platform.Errno.EIO);
  public static final Errno ENXIO = of(jnr.constants.platform.Errno.ENXIO);
  public static final Errno EINTR = of(jnr.constants.platform.Errno.EINTR);
  public static final Errno EBADF = of(jnr.constants.platform.Errno.EBADF);
  public static final Errno EAGAIN = of(jnr.constants.platform.Errno.EAGAIN);
  public static final Errno EACCES = of(jnr.constants.platform.Errno.EACCES);
  public static final Errno EBUSY = of(jnr.constants.platform.Errno.EBUSY);
  public static final Errno EEXIST = of(jnr.constants.platform.Errno.EEXIST);
  public static final Errno ENODEV = of(jnr.constants.platform.Errno.ENODEV);
  public static final Errno ENOTDIR = of(jnr.constants.platform.Errno.ENOTDIR);
  public static final Errno EINVAL = of(jnr.constants.platform.Errno.EINVAL);
  public static final Errno ENFILE = of(jnr.constants.platform.Errno.ENFILE);
  public static final Errno EMFILE = of(jnr.constants.platform.Errno.EMFILE);
  public static final Errno ENOSPC = of(jnr.constants.platform.Errno.ENOSPC);
  public static final Errno ENOSYS = of(jnr.constants.platform.Errno.ENOSYS);
  public static final Errno EDQUOT = of(jnr.constants.platform.Errno.EDQUOT);
  public static final Errno EOPNOTSUPP = of(jnr.constants.platform.Errno.EOPNOTSUPP);

  private static Errno of(jnr.constants.platform.Errno errno) {
    return new Errno(errno.intValue());
  }

  /** The symbolic name, for example {@code EPERM}. */
  public String symbol() {
    var known = jnr.constants.platform.Errno.valueOf(number);
    return known == jnr.constants.platform.Errno.__UNKNOWN_CONSTANT__
        ? "errno " + number
        : known.name();
  }

  /**
   * As an error message ends where no disk has to do with it: for want of room the kernel then
   * means {@code limit}, such as a sysctl.
   */
  public String within(String limit) {
    return equals(ENOSPC) || equals(EDQUOT)
        ? symbol() + " (" + limit + " allows no more)"
        : toString();
  }

  /** As an error message ends: {@code EPERM (Operation not permitted)}. */
  @Override
  public String toString() {
    var known = jnr.constants.platform.Errno.valueOf(number);
    return known == jnr.constants.platform.Errno.__UNKNOWN_CONSTANT__
        ? "errno " + number
        : known.name() + " (" + known.description() + ")";
  }
}

package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;

/** Which namespace of one kind a process lives in. */
public sealed interface Namespace {
  Namespace OWN = new Own();
  Namespace HOST = new Host();

  /** One that is made for it. */
  record Own() implements Namespace {}

  /** The daemon's. */
  record Host() implements Namespace {}

  /**
   * One that exists.
   *
   * @param of a pidfd of a process that lives in it, or a file of {@code /proc/PID/ns}; the caller
   *     closes it after the launch
   */
  record Join(Fd of) implements Namespace {}
}

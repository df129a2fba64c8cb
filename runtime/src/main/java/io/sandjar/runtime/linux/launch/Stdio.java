package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import java.util.Optional;

/** What a process has as fds 0, 1 and 2. The caller closes its own ends after the launch. */
public sealed interface Stdio {

  /**
   * Pipes, or any files. An empty one is {@code /dev/null}.
   *
   * @param stdin the reading end
   * @param stdinWriter the writing end of it, which a monitor holds so that a daemon's end is no
   *     end of file; see {@link Monitor#closeStdin}
   */
  record Files(
      Optional<Fd> stdin, Optional<Fd> stdinWriter, Optional<Fd> stdout, Optional<Fd> stderr)
      implements Stdio {

    public static Files none() {
      return new Files(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static Files output(Fd stdout, Fd stderr) {
      return new Files(
          Optional.empty(), Optional.empty(), Optional.of(stdout), Optional.of(stderr));
    }
  }

  /** A terminal: all three are its slave, and it is the controlling one. */
  record OnTerminal(Terminal terminal) implements Stdio {}
}

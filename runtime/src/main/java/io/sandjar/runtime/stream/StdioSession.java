package io.sandjar.runtime.stream;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A process that a client is joined to: of an exec, its own; of an attach, the container's. The
 * engine implements it, the streaming protocols use it.
 */
public interface StdioSession extends AutoCloseable {

  /** The process's standard input, if the client may write it. Closing it is a half-close. */
  Optional<ByteSink> stdin();

  Optional<ByteSource> stdout();

  /** Absent for a terminal, whose output all comes by {@link #stdout}. */
  Optional<ByteSource> stderr();

  /** The client's window changed; without a terminal there is nothing to do. */
  void resize(TerminalSize size);

  /**
   * The exit status, once the process has ended (128 + signal for a killed one). It fails if the
   * process's fate is unknown. Output that is still in a pipe then is read on, with a bound.
   */
  CompletableFuture<Integer> exitStatus();

  /** The client is gone, or everything has been told to it. Called once, also after an exit. */
  @Override
  void close();
}

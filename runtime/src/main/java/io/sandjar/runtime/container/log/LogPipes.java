package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.StreamCalls;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container's output passes through on its way to the log. A monitor holds every descriptor
 * of {@link #held}, so that a log survives the daemon; it reads and writes none of them.
 */
public sealed interface LogPipes extends AutoCloseable {

  /** The descriptors for the monitor, in the order in which {@link #of} takes them back. */
  List<Fd> held();

  /** Where it is written how far the log has come (a memfd, see {@link CommitPage}). */
  Fd commit();

  /** Closes this process's descriptors; those that a monitor holds live on. */
  @Override
  default void close() {
    held().forEach(Fd::close);
  }

  /**
   * Output by two pipes.
   *
   * @param stdout the reading end
   * @param stderr the reading end
   */
  record Pipes(Fd stdout, Fd stderr, Pipe stdoutStaging, Pipe stderrStaging, Fd commit)
      implements LogPipes {

    @Override
    public List<Fd> held() {
      return List.of(
          stdout,
          stderr,
          stdoutStaging.readEnd(),
          stdoutStaging.writeEnd(),
          stderrStaging.readEnd(),
          stderrStaging.writeEnd(),
          commit);
    }

    Fd source(StdStream stream) {
      return stream == StdStream.STDOUT ? stdout : stderr;
    }

    Pipe staging(StdStream stream) {
      return stream == StdStream.STDOUT ? stdoutStaging : stderrStaging;
    }
  }

  /** Output by a terminal. */
  record Terminal(Fd master, Fd commit) implements LogPipes {
    @Override
    public List<Fd> held() {
      return List.of(master, commit);
    }
  }

  /**
   * New pipes, with the writing ends that are the container's alone.
   *
   * @param stdout the container's stdout; this process closes it when the container has it
   * @param stderr likewise
   */
  record Made(Pipes pipes, Fd stdout, Fd stderr) implements AutoCloseable {
    @Override
    public void close() {
      stdout.close();
      stderr.close();
      pipes.close();
    }
  }

  /** Makes everything that a container without a terminal needs. */
  static Made create() throws SyscallException {
    var made = new ArrayList<Fd>();
    try {
      var stdout = opened(made, Pipe.open());
      var stderr = opened(made, Pipe.open());
      var stdoutStaging = opened(made, Pipe.open());
      var stderrStaging = opened(made, Pipe.open());
      var commit = commitPage();
      return new Made(
          new Pipes(stdout.readEnd(), stderr.readEnd(), stdoutStaging, stderrStaging, commit),
          stdout.writeEnd(),
          stderr.writeEnd());
    } catch (SyscallException e) {
      made.forEach(Fd::close);
      throw e;
    }
  }

  private static Pipe opened(List<Fd> made, Pipe pipe) {
    made.addAll(List.of(pipe.readEnd(), pipe.writeEnd()));
    return pipe;
  }

  /** For a container with a terminal. */
  static Terminal terminal(Fd master) throws SyscallException {
    return new Terminal(master, commitPage());
  }

  private static Fd commitPage() throws SyscallException {
    var calls = StreamCalls.get();
    var commit =
        new Fd(
            Syscalls.check(
                calls.memfd_create("sandjar-log", StreamCalls.MFD_CLOEXEC),
                "make a memfd for the state of a log"));
    if (calls.ftruncate(commit.number(), CommitPage.SIZE) == -1) {
      commit.close();
      Syscalls.check(-1, "size the memfd for the state of a log");
    }
    return commit;
  }

  /**
   * What a monitor held, in the order of {@link #held}.
   *
   * @param held seven descriptors of pipes, or two of a terminal
   */
  static LogPipes of(List<Fd> held) {
    return switch (held.size()) {
      case 2 -> new Terminal(held.get(0), held.get(1));
      case 7 ->
          new Pipes(
              held.get(0),
              held.get(1),
              new Pipe(held.get(2), held.get(3)),
              new Pipe(held.get(4), held.get(5)),
              held.get(6));
      default ->
          throw new IllegalArgumentException(
              "a log has 7 descriptors (pipes) or 2 (terminal), not " + held.size());
    };
  }
}

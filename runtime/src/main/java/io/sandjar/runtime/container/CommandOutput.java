package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.launch.Stdio;
import java.util.List;

/** Both outputs of a command that runs to its end, from their pipes to what is kept of them. */
final class CommandOutput implements AutoCloseable {
  private final Pipe stdout;
  private final Pipe stderr;
  private final CapturedOutput keptStdout;
  private final CapturedOutput keptStderr;

  private CommandOutput(
      Pipe stdout, Pipe stderr, CapturedOutput keptStdout, CapturedOutput keptStderr) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.keptStdout = keptStdout;
    this.keptStderr = keptStderr;
  }

  static CommandOutput open(Epoll epoll, OutputBudget budget) throws SyscallException {
    List<Pipe> pipes = Pipe.open(2);
    CapturedOutput first = null;
    try {
      first = new CapturedOutput(epoll, pipes.get(0).readEnd(), budget);
      var second = new CapturedOutput(epoll, pipes.get(1).readEnd(), budget);
      return new CommandOutput(pipes.get(0), pipes.get(1), first, second);
    } catch (SyscallException | RuntimeException e) {
      if (first != null) {
        first.close();
      }
      pipes.forEach(Pipe::close);
      throw e;
    }
  }

  Stdio forCommand() {
    return Stdio.Files.output(stdout.writeEnd(), stderr.writeEnd());
  }

  /** The command has its own descriptors now, or never will: without it the output ends. */
  void commandHasIt() {
    stdout.writeEnd().close();
    stderr.writeEnd().close();
  }

  /** What the command had written by its end. */
  ExecOutcome outcome(int exitCode) throws SyscallException, InterruptedException {
    keptStdout.commandEnded();
    keptStderr.commandEnded();
    return new ExecOutcome(exitCode, keptStdout.bytes(), keptStderr.bytes());
  }

  @Override
  public void close() {
    keptStdout.close();
    keptStderr.close();
    stdout.close();
    stderr.close();
  }
}

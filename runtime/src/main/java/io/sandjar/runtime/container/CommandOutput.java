package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Poll;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Bell;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.launch.ExecProcess;
import io.sandjar.runtime.linux.launch.ExitStatus;
import io.sandjar.runtime.linux.launch.Stdio;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Both outputs of a command that runs to its end, from their pipes to what is kept of them. */
final class CommandOutput implements AutoCloseable {
  private static final int PROCESS = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;

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

  static CommandOutput open(OutputBudget budget) throws SyscallException {
    List<Pipe> pipes = Pipe.open(2);
    try {
      return new CommandOutput(
          pipes.get(0),
          pipes.get(1),
          new CapturedOutput(pipes.get(0).readEnd(), budget),
          new CapturedOutput(pipes.get(1).readEnd(), budget));
    } catch (SyscallException | RuntimeException e) {
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

  /**
   * Waits for the command's end and reads meanwhile, all on this thread: to wake others and be
   * woken by them would take as long as a short command itself.
   *
   * @return empty if it has not ended in time or nobody wants it any more
   */
  Optional<ExecOutcome> await(ExecProcess process, Duration bound, CompletableFuture<?> cancelled)
      throws IOException, InterruptedException {
    // Saturates: the largest number that there is means no bound at all.
    long left = bound.isZero() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(bound);
    long end = System.nanoTime() + left;
    try (Bell gone = Bell.open()) {
      cancelled.whenComplete((done, failed) -> gone.ring());
      Poll poll = new Poll(process.fd(), stdout.readEnd(), stderr.readEnd(), gone.fd());
      for (; left > 0 && !cancelled.isDone(); left = end - System.nanoTime()) {
        Duration most = Duration.ofNanos(left);
        gone.during(() -> poll.await(most));
        if (poll.isReady(PROCESS)) {
          return Optional.of(outcome(process.end()));
        }
        keep(poll, STDOUT, keptStdout);
        keep(poll, STDERR, keptStderr);
      }
      return Optional.empty();
    }
  }

  private static void keep(Poll poll, int place, CapturedOutput output) throws SyscallException {
    if (poll.isReady(place) && !output.read()) {
      poll.leave(place);
    }
  }

  private ExecOutcome outcome(ExitStatus status) throws SyscallException {
    keptStdout.readRest();
    keptStderr.readRest();
    return new ExecOutcome(status.code(), keptStdout.bytes(), keptStderr.bytes());
  }

  @Override
  public void close() {
    keptStdout.close();
    keptStderr.close();
    stdout.close();
    stderr.close();
  }
}

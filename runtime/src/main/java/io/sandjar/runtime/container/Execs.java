package io.sandjar.runtime.container;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.cgroup.Join;
import io.sandjar.runtime.linux.launch.ExecLaunch;
import io.sandjar.runtime.linux.launch.ExecProcess;
import io.sandjar.runtime.linux.launch.LaunchException;
import io.sandjar.runtime.linux.launch.Launcher;
import io.sandjar.runtime.linux.launch.ProcessLaunch;
import io.sandjar.runtime.linux.launch.Stdio;
import io.sandjar.runtime.linux.launch.Terminal;
import io.sandjar.runtime.linux.launch.UserNamespace;
import io.sandjar.runtime.sandbox.Sandboxes;
import io.sandjar.runtime.state.Ids;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Runs further commands in containers, and joins clients to their streams. */
public final class Execs {
  private static final int SIGKILL = 9;

  private final Containers containers;
  private final Sandboxes sandboxes;
  private final ContainerEnding ending;
  private final ContainerPlan plan;
  private final Launcher launcher;
  private final Epoll epoll;
  private final OutputBudget budget = OutputBudget.ofHeap();
  private final Ids ids = new Ids();

  Execs(
      Containers containers,
      Sandboxes sandboxes,
      ContainerEnding ending,
      ContainerPlan plan,
      Launcher launcher,
      Epoll epoll) {
    this.containers = containers;
    this.sandboxes = sandboxes;
    this.ending = ending;
    this.plan = plan;
    this.launcher = launcher;
    this.epoll = epoll;
  }

  /**
   * Runs a command to its end.
   *
   * @param timeout zero for none; after it the command and all that it started are killed, and the
   *     answer is DEADLINE_EXCEEDED
   * @param cancelled completes when nobody waits for the answer any more
   */
  public ExecOutcome run(
      String containerId, List<String> command, Duration timeout, CompletableFuture<?> cancelled)
      throws IOException, InterruptedException {
    Container container = containers.get(containerId);
    try (CommandOutput output = CommandOutput.open(budget)) {
      ExecProcess process;
      try {
        process = launch(container, command, output.forCommand());
      } catch (LaunchException failed) {
        if (!failed.isOfCommand()) {
          throw failed;
        }
        // As a shell in the container would say it.
        byte[] message = (failed.getMessage() + '\n').getBytes(StandardCharsets.UTF_8);
        return new ExecOutcome(failed.exitCode(), new byte[0], message);
      } finally {
        output.commandHasIt();
      }
      Optional<ExecOutcome> outcome = Optional.empty();
      try {
        outcome = output.await(process, timeout, cancelled);
        return outcome.orElseThrow(() -> cut(container, timeout, cancelled));
      } finally {
        if (outcome.isPresent()) {
          process.close();
        } else {
          killAndClose(process);
        }
      }
    }
  }

  private static EngineException cut(
      Container container, Duration timeout, CompletableFuture<?> cancelled) {
    return cancelled.isDone()
        ? new EngineException(Kind.CANCELLED, "the command was killed, since its caller went away")
        : new EngineException(
            Kind.DEADLINE_EXCEEDED,
            "the command in container "
                + container.record().label()
                + " did not end within "
                + timeout.toSeconds()
                + " s and was killed");
  }

  private static void killAndClose(ExecProcess process) throws IOException {
    try {
      process.killTree();
    } finally {
      // Closed only when it is reaped: a zombie would keep the pod's pid namespace.
      process.exit().whenComplete((status, lost) -> process.close());
    }
  }

  /** Runs a command with a client's streams. */
  public StdioSession open(String containerId, List<String> command, StdioOptions streams)
      throws IOException {
    Container container = containers.get(containerId);
    return streams.terminal()
        ? onTerminal(container, command, streams)
        : onPipes(container, command, streams);
  }

  private StdioSession onTerminal(Container container, List<String> command, StdioOptions streams)
      throws IOException {
    Terminal terminal = containers.running(container).monitor().openTerminal();
    try {
      ExecProcess process = launch(container, command, new Stdio.OnTerminal(terminal));
      return joined(process, () -> ProcessSession.onTerminal(epoll, process, terminal, streams));
    } catch (IOException | RuntimeException failed) {
      terminal.close();
      throw failed;
    }
  }

  private StdioSession onPipes(Container container, List<String> command, StdioOptions streams)
      throws IOException {
    List<Boolean> wanted = List.of(streams.stdin(), streams.stdout(), streams.stderr());
    Iterator<Pipe> pipes = Pipe.open(wanted.stream().filter(is -> is).count()).iterator();
    Optional<Pipe> stdin = streams.stdin() ? Optional.of(pipes.next()) : Optional.empty();
    Optional<Pipe> stdout = streams.stdout() ? Optional.of(pipes.next()) : Optional.empty();
    Optional<Pipe> stderr = streams.stderr() ? Optional.of(pipes.next()) : Optional.empty();
    try {
      ExecProcess process =
          launch(
              container,
              command,
              new Stdio.Files(
                  stdin.map(Pipe::readEnd),
                  Optional.empty(),
                  stdout.map(Pipe::writeEnd),
                  stderr.map(Pipe::writeEnd)));
      return joined(
          process,
          () ->
              ProcessSession.onPipes(
                  epoll,
                  process,
                  stdin.map(Pipe::writeEnd),
                  stdout.map(Pipe::readEnd),
                  stderr.map(Pipe::readEnd)));
    } catch (IOException | RuntimeException failed) {
      stdin.map(Pipe::writeEnd).ifPresent(Fd::close);
      stdout.map(Pipe::readEnd).ifPresent(Fd::close);
      stderr.map(Pipe::readEnd).ifPresent(Fd::close);
      throw failed;
    } finally {
      stdin.map(Pipe::readEnd).ifPresent(Fd::close);
      stdout.map(Pipe::writeEnd).ifPresent(Fd::close);
      stderr.map(Pipe::writeEnd).ifPresent(Fd::close);
    }
  }

  private interface Joining {
    StdioSession join() throws IOException;
  }

  /** A command that its client could not be joined to does not run on. */
  private static StdioSession joined(ExecProcess process, Joining client) throws IOException {
    try {
      return client.join();
    } catch (IOException | RuntimeException failed) {
      process.exit().whenComplete((status, lost) -> process.close());
      try {
        // By what is open already first: to find what it has started takes more descriptors.
        process.signal(SIGKILL);
        process.killTree();
      } catch (IOException | RuntimeException again) {
        failed.addSuppressed(again);
      }
      throw failed;
    }
  }

  /** Joins a client to the streams of a container's first process. */
  public StdioSession attach(String containerId, StdioOptions streams) throws IOException {
    Container container = containers.get(containerId);
    return AttachedSession.open(epoll, container, containers.running(container), streams);
  }

  private ExecProcess launch(Container container, List<String> command, Stdio stdio)
      throws IOException {
    if (command.isEmpty()) {
      throw new EngineException(Kind.INVALID_ARGUMENT, "cmd: must be set");
    }
    LiveContainer running = containers.running(container);
    ProcessLaunch process = plan.process(container.record(), command);
    if (stdio instanceof Stdio.OnTerminal) {
      process = process.withDefault("TERM", Commands.TERMINAL_TYPE);
    }
    Optional<UserNamespace> user =
        sandboxes.pause(container.sandboxId()).flatMap(pause -> pause.user());
    try (Join join = ending.cgroup(container).joinBeside(running.monitor().id().pid())) {
      return launcher.exec(
          new ExecLaunch(ids.next(), running.monitor(), process, stdio, user, Optional.of(join)));
    }
  }
}

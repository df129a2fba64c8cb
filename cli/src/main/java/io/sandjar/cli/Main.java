package io.sandjar.cli;

import io.sandjar.cli.terminal.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command's process: finds the command that was called, runs it, and says what went wrong. */
public final class Main {
  private static final int OK = 0;
  private static final int FAILED = 1;

  /** As a shell tells of a program that SIGPIPE ended, which a JVM ignores. */
  private static final int BROKEN_PIPE = 128 + 13;

  private final Context context;

  /** What ended a command under picocli, which would print it and go on. */
  private Optional<StandardOutput.Lost> lost = Optional.empty();

  Main(Context context) {
    this.context = context;
  }

  public static void main(String[] arguments) {
    var err = stream(new FileOutputStream(FileDescriptor.err));
    int status;
    try {
      var out = stream(new StandardOutput(FileDescriptor.out));
      var context = new Context(System.in, out, err, System.getenv(), Terminal.ofThisProcess());
      status = new Main(context).run(List.of(arguments));
      out.flush();
    } catch (StandardOutput.Lost e) {
      status = e.isClosedPipe() ? BROKEN_PIPE : FAILED;
      if (!e.isClosedPipe()) {
        err.println("error: " + e.getMessage());
      }
    }
    err.flush();
    System.exit(status);
  }

  private static PrintStream stream(OutputStream stream) {
    return new PrintStream(
        new java.io.BufferedOutputStream(stream), /* autoFlush= */ false, StandardCharsets.UTF_8);
  }

  /**
   * The exit status, as kubectl gives it: 1 for whatever went wrong, unless a command says more.
   */
  int run(List<String> words) {
    context.words(words);
    var arguments = CommandWords.ordered(words);
    var called = CommandWords.called(arguments);
    if (called.isEmpty()) {
      if (words.isEmpty() || arguments.contains("--help") || arguments.contains("-h")) {
        context.out().print(RootHelp.text());
        return OK;
      }
      return fail("a command is needed; see 'sandjar --help'");
    }
    if (called.get().equals("help")) {
      return help(arguments.subList(arguments.indexOf("help") + 1, arguments.size()));
    }
    var entry = Commands.named(called.get());
    if (entry.isEmpty()) {
      return fail(
          "unknown command \"%s\" for \"sandjar\"; see 'sandjar --help'".formatted(called.get()));
    }
    try {
      var quick = quickly(entry.get(), arguments.subList(1, arguments.size()));
      return quick.isPresent() ? call(quick.get()) : callUnderPicocli(entry.get(), arguments);
    } catch (CommandException e) {
      return fail(e.getMessage());
    }
  }

  /** The command, ready to be called, where picocli is not needed for that. */
  private Optional<Callable<?>> quickly(Commands.Entry entry, List<String> words) {
    var table = OptionTable.of(entry.name());
    if (table.isPresent()
        && entry.command(context) instanceof Callable<?> command
        && QuickReader.read(command, table.get(), words, context)) {
      return Optional.of(command);
    }
    return Optional.empty();
  }

  private int call(Callable<?> command) {
    try {
      return (Integer) command.call();
    } catch (CommandException | IOException e) {
      return failed(e);
    } catch (RuntimeException e) {
      context.out().flush();
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("run a command", e);
    }
  }

  private int callUnderPicocli(Commands.Entry entry, List<String> words) {
    int status = line(List.of(entry)).execute(words.toArray(String[]::new));
    if (lost.isPresent()) {
      throw lost.get();
    }
    return status;
  }

  private int help(List<String> rest) {
    if (rest.isEmpty()) {
      return run(List.of("--help"));
    }
    var arguments = new ArrayList<>(rest);
    arguments.add("--help");
    return run(arguments);
  }

  /** A picocli command line of these commands alone. */
  CommandLine line(List<Commands.Entry> entries) {
    var line = SandjarCommand.create(context);
    entries.forEach(entry -> line.addSubcommand(entry.name(), entry.command(context)));
    SandjarCommand.layOutHelp(line);
    return line.setExpandAtFiles(false) // kubectl's users give such words to their programs
        .setOut(new java.io.PrintWriter(context.out(), true))
        .setErr(new java.io.PrintWriter(context.err(), true))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setParameterExceptionHandler((e, ignored) -> misused(e))
        .setExecutionExceptionHandler((e, failed, ignored) -> failedUnderPicocli(e));
  }

  private int misused(ParameterException e) {
    return fail(
        "%s; see '%s --help'"
            .formatted(e.getMessage(), e.getCommandLine().getCommandSpec().qualifiedName(" ")));
  }

  private int failedUnderPicocli(Exception e) throws Exception {
    try {
      if (e instanceof CommandException || e instanceof IOException) {
        return failed(e);
      }
      context.out().flush();
      throw e;
    } catch (StandardOutput.Lost output) {
      lost = Optional.of(output);
      return FAILED;
    }
  }

  private int failed(Exception e) {
    context.out().flush();
    if (e instanceof ServerException refusal) {
      context.err().println(refusal.said());
      return FAILED;
    }
    return fail(e.getMessage() == null ? e.toString() : e.getMessage());
  }

  private int fail(String message) {
    context.err().println("error: " + message);
    return FAILED;
  }
}

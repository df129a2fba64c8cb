package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The group of commands for pod sandboxes. */
@Command(
    name = "sandbox",
    description = {
      "Makes and removes pod sandboxes by hand: a pod's network and namespaces, without containers.",
      "One is named by NAME, NAMESPACE/NAME, its id, or the beginning of that.",
      "",
      "  sandjar sandbox run --name box",
      "  sandjar sandbox ls",
      "  sandjar sandbox inspect box -o jsonpath={.ips}",
      "  sandjar sandbox rm --force box"
    })
public final class SandboxCommand implements Runnable {
  private final Context context;
  private final MachineApi api;

  @Spec private CommandSpec spec;

  private SandboxCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
  }

  /** The group with all that is in it. */
  public static CommandLine line(Context context) {
    return new CommandLine(new SandboxCommand(context))
        .addSubcommand(new SandboxRunCommand(context));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is needed: run, ls, inspect, stop, rm");
  }

  @Command(
      name = "ls",
      aliases = {"list", "ps"},
      description = {
        "Lists the sandboxes, those of pods too, the newest first.",
        "",
        "  sandjar sandbox ls",
        "  sandjar sandbox ls --name box -q"
      })
  int list(
      @Mixin MachineList list,
      @Option(names = "--name", paramLabel = "NAME", description = "Only of that name.")
          String name,
      @Option(names = "--state", paramLabel = "STATE", description = "Only ready, or stopped.")
          String state)
      throws IOException {
    list.print(
        context,
        MachineApi.path("sandboxes"),
        item ->
            (name == null || name.equals(item.get("name")))
                && (state == null || state.equals(item.get("phase"))),
        List.of("SANDBOX", "NAMESPACE", "NAME", "ATTEMPT", "STATE", "AGE", "IP"),
        SandboxCommand::row);
    return 0;
  }

  private static List<String> row(Map<String, Object> item) {
    return List.of(
        MachineApi.shortId(MachineApi.text(item, "id")),
        MachineApi.text(item, "namespace"),
        MachineApi.text(item, "name"),
        MachineApi.text(item, "attempt"),
        MachineApi.text(item, "phase"),
        Age.of(item, "createdAt"),
        item.get("ips") instanceof List<?> ips && !ips.isEmpty()
            ? String.valueOf(ips.get(0))
            : "<none>");
  }

  @Command(
      name = "inspect",
      description = {"Shows all that is known of sandboxes.", "", "  sandjar sandbox inspect box"})
  int inspect(
      @Parameters(arity = "1..*", paramLabel = "SANDBOX", description = "Names or ids.")
          List<String> words,
      @Mixin OutputOption output)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          var tree = api.get(MachineApi.sandbox(word));
          output.print(context, tree, () -> Documents.json(tree));
        });
  }

  @Command(
      name = "stop",
      description = {
        "Ends what runs in sandboxes, and takes them off the network.",
        "",
        "  sandjar sandbox stop box"
      })
  int stop(
      @Parameters(arity = "1..*", paramLabel = "SANDBOX", description = "Names or ids.")
          List<String> words)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          api.post(MachineApi.sandbox(word) + "/stop");
          context.out().println(word);
        });
  }

  @Command(
      name = "rm",
      aliases = "remove",
      description = {
        "Removes sandboxes with the containers in them.",
        "",
        "  sandjar sandbox run --name box",
        "  sandjar sandbox rm box"
      })
  int remove(
      @Parameters(arity = "1..*", paramLabel = "SANDBOX", description = "Names or ids.")
          List<String> words,
      @Option(
              names = {"-f", "--force"},
              description = "Also where containers run.")
          boolean force)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          api.delete(MachineApi.sandbox(word) + (force ? "?force=true" : ""));
          context.out().println(word);
        });
  }
}

package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.command.image.Sizes;
import io.sandjar.cli.output.OutputOption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The group of commands for the disk. */
@Command(
    name = "system",
    description = {
      "Shows what takes room on the disk, and gives it back.",
      "",
      "  sandjar system df",
      "  sandjar system prune --force"
    })
public final class SystemCommand implements Runnable {
  private final Context context;
  private final MachineApi api;

  @Spec private CommandSpec spec;

  private SystemCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
  }

  /** The group with all that is in it. */
  public static CommandLine line(Context context) {
    return new CommandLine(new SystemCommand(context));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is needed: df, prune");
  }

  @Command(
      name = "df",
      description = {
        "Shows what images, containers, logs and volumes take.",
        "",
        "  sandjar system df"
      })
  int use(@Mixin OutputOption output) throws IOException {
    var tree = api.get(MachineApi.path("system/df"));
    output.print(context, tree, () -> context.table().text(rows(MachineApi.items(tree)), true));
    return 0;
  }

  private static List<List<String>> rows(List<Map<String, Object>> items) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"));
    for (var item : items) {
      rows.add(
          List.of(
              MachineApi.text(item, "type"),
              MachineApi.text(item, "total"),
              MachineApi.text(item, "active"),
              Sizes.human(MachineApi.number(item, "size")),
              Sizes.human(MachineApi.number(item, "reclaimable"))));
    }
    return rows;
  }

  @Command(
      name = "prune",
      description = {
        "Removes sandboxes and containers that were made by hand and are over, and images that no",
        "container uses and no tag names. What belongs to pods stays.",
        "",
        "  sandjar system prune",
        "  sandjar system prune --all --force"
      })
  int prune(
      @Option(
              names = {"-a", "--all"},
              description = "Also images that have a tag.")
          boolean all,
      @Option(
              names = {"-f", "--force"},
              description = "Do not ask.")
          boolean force)
      throws IOException {
    if (!force && !confirmed(all)) {
      return 1;
    }
    var removed = api.post(MachineApi.path("system/prune") + (all ? "?all=true" : ""));
    tell("container", removed.get("containers"));
    tell("sandbox", removed.get("sandboxes"));
    tell("image", removed.get("images"));
    context.out().println(Sizes.human(MachineApi.number(removed, "bytes")) + " reclaimed");
    return 0;
  }

  private boolean confirmed(boolean all) throws IOException {
    if (!context.terminal().input()) {
      throw new CommandException("nobody can be asked here: --force goes on without");
    }
    context
        .err()
        .print(
            "This removes what was made by hand and is over, and "
                + (all ? "all images that no container uses" : "unused images without a tag")
                + ". Go on? [y/N] ");
    context.err().flush();
    var answer =
        new BufferedReader(new InputStreamReader(context.in(), StandardCharsets.UTF_8)).readLine();
    return answer != null && answer.strip().toLowerCase(java.util.Locale.ROOT).startsWith("y");
  }

  private void tell(String what, Object names) {
    if (names instanceof List<?> list) {
      list.forEach(name -> context.out().println("removed " + what + " " + name));
    }
  }
}

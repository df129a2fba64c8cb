package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.command.image.Sizes;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures what containers use. */
@Command(
    name = "stats",
    description = {
      "Measures what the containers that run use of processors, memory and disk.",
      "",
      "  sandjar container stats",
      "  sandjar container stats --seconds 2 sh"
    })
final class ContainerStatsCommand implements Callable<Integer> {
  private static final double NANOS_PER_PERCENT = 1e7;

  private final Context context;
  private final MachineApi api;

  @Parameters(
      arity = "0..*",
      paramLabel = "CONTAINER",
      description = "Names or ids; all where none is given.")
  private List<String> words = List.of();

  @Option(
      names = {"-s", "--seconds"},
      paramLabel = "SECONDS",
      description = "How long the use of processors is measured (1).")
  private int seconds = 1;

  @Mixin private OutputOption output;

  ContainerStatsCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (seconds < 0) {
      throw new CommandException("--seconds " + seconds + ": must be 0 or more");
    }
    measured(); // a rate needs two looks
    try {
      Thread.sleep(seconds * 1000L);
    } catch (InterruptedException e) {
      throw new CommandException("interrupted");
    }
    var items = measured();
    Map<String, Object> tree = Map.of("kind", "ContainerStatsList", "items", items);
    output.print(context, tree, () -> context.table().text(rows(items), true));
    return 0;
  }

  private List<Map<String, Object>> measured() throws IOException {
    if (words.isEmpty()) {
      return MachineApi.items(api.get(MachineApi.path("containerstats")));
    }
    var items = new ArrayList<Map<String, Object>>();
    for (String word : words) {
      items.add(api.get(MachineApi.container(word) + "/stats"));
    }
    return items;
  }

  private static List<List<String>> rows(List<Map<String, Object>> items) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CONTAINER", "POD", "NAME", "CPU %", "MEMORY", "LIMIT", "PIDS", "DISK"));
    for (var item : items) {
      rows.add(
          List.of(
              MachineApi.shortId(MachineApi.text(item, "id")),
              MachineApi.text(item, "pod"),
              MachineApi.text(item, "name"),
              String.format(
                  Locale.ROOT, "%.2f", MachineApi.number(item, "nanoCores") / NANOS_PER_PERCENT),
              Sizes.human(MachineApi.number(item, "memoryBytes")),
              item.containsKey("memoryLimitBytes")
                  ? Sizes.human(MachineApi.number(item, "memoryLimitBytes"))
                  : "<none>",
              MachineApi.text(item, "processes"),
              Sizes.human(MachineApi.number(item, "diskBytes"))));
    }
    return rows;
  }
}

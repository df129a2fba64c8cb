package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How sandboxes or containers are listed: as a table, as a document, or only their ids. */
final class MachineList {
  @Mixin private OutputOption output;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only ids.")
  private boolean quiet;

  /**
   * Prints what is at a path, as far as it is wanted.
   *
   * @param row the cells of one, below those of the header
   */
  void print(
      Context context,
      String path,
      Predicate<Map<String, Object>> wanted,
      List<String> header,
      Function<Map<String, Object>, List<String>> row)
      throws IOException {
    var tree = context.askJson(HttpRequest.get(path));
    var items = MachineApi.items(tree).stream().filter(wanted).toList();
    if (quiet) {
      items.forEach(item -> context.out().println(item.get("id")));
      return;
    }
    tree.put("items", items);
    var rows = new ArrayList<List<String>>();
    rows.add(header);
    items.forEach(item -> rows.add(row.apply(item)));
    output.print(context, tree, () -> context.table().text(rows, true));
  }
}

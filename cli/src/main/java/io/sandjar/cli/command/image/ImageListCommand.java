package io.sandjar.cli.command.image;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.Documents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists images, a line for each name. */
@Command(
    name = "ls",
    aliases = {"list"},
    description = "Lists the images that are here.")
final class ImageListCommand implements Callable<Integer> {
  private final Context context;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  private String output;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only ids.")
  private boolean quiet;

  ImageListCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    List<Map<String, Object>> images =
        new ImageApi(context).items(HttpRequest.get(ImageApi.path("")));
    if (output != null) {
      print(images);
    } else if (quiet) {
      images.forEach(image -> context.out().println(image.get("id")));
    } else {
      table(images);
    }
    return 0;
  }

  private void print(List<Map<String, Object>> images) {
    Map<String, Object> tree = Map.of("items", images);
    context
        .out()
        .print(
            switch (output) {
              case "json" -> Documents.json(tree);
              case "yaml" -> Documents.yaml(tree);
              default ->
                  throw new CommandException("--output must be json or yaml, not '" + output + "'");
            });
  }

  private void table(List<Map<String, Object>> images) {
    var rows = new ArrayList<String[]>();
    rows.add(new String[] {"NAME", "TAG", "ID", "SIZE"});
    for (Map<String, Object> image : images) {
      String id = String.valueOf(image.get("id")).replaceFirst("^sha256:", "").substring(0, 12);
      String size = Sizes.human(((Number) image.get("size")).longValue());
      List<?> tags = image.get("repoTags") instanceof List<?> list ? list : List.of();
      for (Object tag : tags) {
        String full = String.valueOf(tag);
        int colon = full.lastIndexOf(':');
        rows.add(new String[] {full.substring(0, colon), full.substring(colon + 1), id, size});
      }
      if (tags.isEmpty()) {
        String name = ImageApi.nameOf(image);
        rows.add(new String[] {name.replaceFirst("@.*", ""), "<none>", id, size});
      }
    }
    int[] widths = new int[4];
    rows.forEach(
        row -> {
          for (int i = 0; i < row.length; i++) {
            widths[i] = Math.max(widths[i], row[i].length());
          }
        });
    for (String[] row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 3));
      }
      context.out().println(line.toString().stripTrailing());
    }
  }
}

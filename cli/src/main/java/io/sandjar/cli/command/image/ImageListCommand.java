package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists images, a line for each name. */
@Command(
    name = "ls",
    aliases = {"list"},
    description = {"Lists the images that are here.", "", "  sandjar image ls"})
final class ImageListCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private OutputOption output;

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
    if (quiet) {
      images.forEach(image -> context.out().println(image.get("id")));
    } else {
      output.print(
          context, Map.of("items", images), () -> context.table().text(rows(images), true));
    }
    return 0;
  }

  private static List<List<String>> rows(List<Map<String, Object>> images) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("NAME", "TAG", "ID", "SIZE"));
    for (Map<String, Object> image : images) {
      String id = String.valueOf(image.get("id")).replaceFirst("^sha256:", "").substring(0, 12);
      String size = Sizes.human(((Number) image.get("size")).longValue());
      List<?> tags = image.get("repoTags") instanceof List<?> list ? list : List.of();
      for (Object tag : tags) {
        String full = String.valueOf(tag);
        int colon = full.lastIndexOf(':');
        rows.add(List.of(full.substring(0, colon), full.substring(colon + 1), id, size));
      }
      if (tags.isEmpty()) {
        String name = ImageApi.nameOf(image);
        rows.add(List.of(name.replaceFirst("@.*", ""), "<none>", id, size));
      }
    }
    return rows;
  }
}

package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Removes images that nothing uses. */
@Command(
    name = "prune",
    description = {
      "Removes images that no container uses and no tag names; pinned ones stay.",
      "",
      "  sandjar image prune",
      "  sandjar image prune --all"
    })
final class ImagePruneCommand implements Callable<Integer> {
  private final Context context;

  @Option(
      names = {"-a", "--all"},
      description = "Also those that have a tag.")
  private boolean all;

  ImagePruneCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    String target = ImageApi.path("/prune" + (all ? "?all=true" : ""));
    List<Map<String, Object>> removed = new ImageApi(context).items(HttpRequest.of("POST", target));
    long bytes = 0;
    for (Map<String, Object> image : removed) {
      context.out().println("removed " + ImageApi.nameOf(image));
      bytes += ((Number) image.get("size")).longValue();
    }
    context
        .out()
        .println(
            removed.size() + " images removed, " + Sizes.human(bytes) + " of layers and manifests");
    return 0;
  }
}

package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes names of images, and images that have none left. */
@Command(
    name = "rm",
    aliases = {"remove"},
    description = {"Removes images: a name, or by id all names.", "", "  sandjar image rm busybox"})
final class ImageRemoveCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Names, or ids.")
  private List<String> names;

  @Option(
      names = {"-f", "--force"},
      description = "Also where containers use it; its layers stay until they are gone.")
  private boolean force;

  ImageRemoveCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    for (String name : names) {
      String target = ImageApi.image(name) + (force ? "?force=true" : "");
      context.askJson(HttpRequest.of("DELETE", target));
      context.out().println("removed " + name);
    }
    return 0;
  }
}

package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows all that is known of an image. */
@Command(
    name = "inspect",
    description = {
      "Shows all that is known of an image.",
      "",
      "  sandjar image inspect busybox",
      "  sandjar image inspect busybox -o jsonpath={.imageSpec.config.Env}"
    })
final class ImageInspectCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(paramLabel = "IMAGE", description = "A name, or an id or its beginning.")
  private String name;

  @Mixin private OutputOption output;

  ImageInspectCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    Map<String, Object> image = context.askJson(HttpRequest.get(ImageApi.image(name)));
    output.print(context, image, () -> Documents.json(image));
    return 0;
  }
}

package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes an image of a root file system. */
@Command(
    name = "import",
    description = {
      "Makes an image of a root file system's tar archive, as mmdebstrap writes one.",
      "",
      "  mmdebstrap --variant=minbase bookworm debian.tar",
      "  sandjar image import debian.tar localhost/debian:12 --cmd bash"
    })
final class ImageImportCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The archive, or - for the standard input.")
  private String file;

  @Parameters(index = "1", paramLabel = "NAME", description = "The image's name.")
  private String name;

  @Option(
      names = "--cmd",
      paramLabel = "ARGUMENT",
      description = "What the image runs; once for each argument.")
  private List<String> cmd = List.of();

  ImageImportCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    String query =
        "?name="
            + HttpRequest.encode(name)
            + cmd.stream()
                .map(argument -> "&cmd=" + HttpRequest.encode(argument))
                .collect(Collectors.joining());
    try (InputStream in = file.equals("-") ? context.in() : Files.newInputStream(Path.of(file))) {
      var request =
          HttpRequest.of("POST", ImageApi.path("/import" + query)).body("application/x-tar", in);
      var bars = new ProgressBars(context.err(), context.terminal().output());
      for (Map<String, Object> image : new ImageApi(context).follow(request, bars)) {
        context.out().println(ImageApi.nameOf(image) + " " + image.get("id"));
      }
    }
    return 0;
  }
}

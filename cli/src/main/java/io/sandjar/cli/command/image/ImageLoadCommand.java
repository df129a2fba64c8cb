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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads images from a file. */
@Command(
    name = "load",
    description = {
      "Loads the images of an archive of docker or OCI form (plain, gzip or zstd), or of an OCI"
          + " layout's folder.",
      "",
      "  sandjar image save busybox -o busybox.tar",
      "  sandjar image load busybox.tar"
    })
final class ImageLoadCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Without it: the standard input.")
  private Path file;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The repository of images that the archive names only by a tag.")
  private String name;

  ImageLoadCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    String query = name == null ? "?" : "?name=" + HttpRequest.encode(name) + "&";
    if (file != null && Files.isDirectory(file)) {
      String folder = HttpRequest.encode(file.toRealPath().toString());
      print(HttpRequest.of("POST", ImageApi.path("/load" + query + "folder=" + folder)));
      return 0;
    }
    try (InputStream in = file == null ? context.in() : Files.newInputStream(file)) {
      print(HttpRequest.of("POST", ImageApi.path("/load" + query)).body("application/x-tar", in));
    }
    return 0;
  }

  private void print(HttpRequest request) throws IOException {
    var bars = new ProgressBars(context.err(), context.terminal().output());
    List<Map<String, Object>> loaded = new ImageApi(context).follow(request, bars);
    loaded.forEach(image -> context.out().println(ImageApi.nameOf(image) + " " + image.get("id")));
  }
}

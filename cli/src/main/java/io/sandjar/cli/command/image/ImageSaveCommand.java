package io.sandjar.cli.command.image;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Saves images to a file. */
@Command(
    name = "save",
    description = {
      "Saves images to an archive that docker, podman, ctr and skopeo load.",
      "",
      "  sandjar image save busybox -o busybox.tar"
    })
final class ImageSaveCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Names, or ids.")
  private List<String> names;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Without it: the standard output. A name that ends in gz or zst is compressed.")
  private Path file;

  ImageSaveCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (file == null && context.terminal().output()) {
      throw new CommandException("an archive is not for a terminal: name a file with -o");
    }
    String query =
        names.stream()
            .map(name -> "name=" + HttpRequest.encode(name))
            .collect(Collectors.joining("&"));
    var request = HttpRequest.get(ImageApi.path("/save?" + query + "&compress=" + packing()));
    try (var response = context.ask(request)) {
      if (file == null) {
        response.body().transferTo(context.out());
        return 0;
      }
      // A half-written archive must not be taken for a whole one.
      Path part = file.resolveSibling(file.getFileName() + ".part");
      try (OutputStream out = Files.newOutputStream(part)) {
        response.body().transferTo(out);
      } catch (IOException e) {
        Files.deleteIfExists(part);
        throw e;
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return 0;
  }

  private String packing() {
    String name = file == null ? "" : file.toString();
    return name.endsWith("gz") ? "gzip" : name.endsWith("zst") ? "zstd" : "none";
  }
}

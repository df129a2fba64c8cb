package io.sandjar.cli.command.image;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pulls an image, with a bar per layer. */
@Command(
    name = "pull",
    description = {
      "Pulls an image from its registry.",
      "",
      "  sandjar image pull busybox",
      "  sandjar image pull registry.k8s.io/pause:3.10"
    })
final class ImagePullCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(
      paramLabel = "IMAGE",
      description = "As in nginx, host:5000/app:v1 or name@sha256:...")
  private String name;

  @Option(
      names = "--creds",
      paramLabel = "USER[:PASSWORD]",
      description = "Credentials; without a password it is read from the standard input.")
  private String credentials;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only the image's id.")
  private boolean quiet;

  ImagePullCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put("name", name);
    if (credentials != null) {
      int colon = credentials.indexOf(':');
      wanted.put("username", colon < 0 ? credentials : credentials.substring(0, colon));
      wanted.put("password", colon < 0 ? password() : credentials.substring(colon + 1));
    }
    var request =
        HttpRequest.of("POST", ImageApi.path("/pull"))
            .body("application/json", JSON.std.asBytes(wanted));
    var bars = new ProgressBars(context.err(), !quiet && context.terminal().output());
    for (Map<String, Object> image :
        new ImageApi(context).follow(request, quiet ? quiet() : bars)) {
      context
          .out()
          .println(quiet ? image.get("id") : ImageApi.nameOf(image) + " " + image.get("id"));
    }
    return 0;
  }

  private static ProgressBars quiet() {
    return new ProgressBars(
        new java.io.PrintStream(java.io.OutputStream.nullOutputStream()), false);
  }

  private String password() throws IOException {
    String text = new String(context.in().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
    if (text.isEmpty()) {
      throw new CommandException(
          "--creds names no password, and there is none on the standard input");
    }
    return text;
  }
}

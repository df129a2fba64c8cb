package io.sandjar.cli.command.image;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the image commands ask the daemon. */
public final class ImageApi {
  private static final String IMAGES = "/apis/sandjar.io/v1/images";

  private final Context context;

  public ImageApi(Context context) {
    this.context = context;
  }

  public static String path(String more) {
    return IMAGES + more;
  }

  /** The path of one image; the slashes of its name stay. */
  public static String image(String name) {
    return IMAGES
        + "/"
        + Arrays.stream(name.split("/", -1))
            .map(HttpRequest::encode)
            .collect(Collectors.joining("/"));
  }

  List<Map<String, Object>> items(HttpRequest request) throws IOException {
    return maps(context.askJson(request).get("items"));
  }

  /** Long work: shows its progress, and gives the images that came out of it. */
  public List<Map<String, Object>> follow(HttpRequest request, ProgressBars bars)
      throws IOException {
    try (var response = context.ask(request);
        var lines =
            new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<String, Object> event = JsonReader.object(line);
        if (event.get("error") instanceof String error) {
          bars.end();
          throw new CommandException(error);
        }
        if (event.containsKey("images")) {
          bars.end();
          return maps(event.get("images"));
        }
        bars.advanced(event);
      }
    }
    throw new IOException("the daemon ended the answer before it was complete");
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static List<Map<String, Object>> maps(Object items) {
    return items instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /** A name for people: the first tag, else the digest name, else the id. */
  static String nameOf(Map<String, Object> image) {
    for (String key : List.of("repoTags", "repoDigests")) {
      if (image.get(key) instanceof List<?> names && !names.isEmpty()) {
        return String.valueOf(names.get(0));
      }
    }
    return String.valueOf(image.get("id"));
  }
}

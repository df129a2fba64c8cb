package io.sandjar.cli.command.machine;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.command.image.ImageApi;
import io.sandjar.cli.command.image.ProgressBars;
import io.sandjar.cli.http.HttpRequest;
import java.io.IOException;
import java.util.Map;

/** Pulls an image that a container needs, if it is not here. */
final class NeededImage {
  private static final int NOT_FOUND = 404;

  private final Context context;

  NeededImage(Context context) {
    this.context = context;
  }

  void ensure(String name) throws IOException {
    try {
      context.askJson(HttpRequest.get(ImageApi.image(name)));
      return;
    } catch (ServerException refused) {
      if (refused.code() != NOT_FOUND) {
        throw refused;
      }
    }
    var pull =
        HttpRequest.of("POST", ImageApi.path("/pull"))
            .body("application/json", JSON.std.asBytes(Map.of("name", name)));
    new ImageApi(context)
        .follow(pull, new ProgressBars(context.err(), context.terminal().output()));
  }
}

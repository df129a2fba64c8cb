package io.sandjar.runtime.api;

import io.airlift.compress.zstd.ZstdOutputStream;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.ImageView;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Images over HTTP, for the command and for people with curl. */
public final class ImageRoutes {
  private static final String IMAGES = "/apis/sandjar.io/v1/images";
  private static final int REQUEST_LIMIT = 1 << 20;

  private final Images images;

  public ImageRoutes(Images images) {
    this.images = images;
  }

  public void addTo(Router router) {
    router.get(IMAGES, this::list);
    router.post(IMAGES + "/pull", this::pull);
    router.post(IMAGES + "/load", this::load);
    router.post(IMAGES + "/import", this::importRootfs);
    router.get(IMAGES + "/save", this::save);
    router.post(IMAGES + "/prune", this::prune);
    router.get(IMAGES + "/{name...}", this::inspect);
    router.delete(IMAGES + "/{name...}", this::remove);
  }

  private Response list(Request request) {
    return Response.json(items(images.list()));
  }

  private static Map<String, Object> items(List<Image> list) {
    return Map.of("items", list.stream().map(ImageView::summary).toList());
  }

  private Response inspect(Request request) {
    return Response.json(ImageView.details(images.get(request.param("name"))));
  }

  /** Unless forced, the last name of an image that containers use stays. */
  private Response remove(Request request) {
    String name = request.param("name");
    Image image = images.get(name);
    if (request.flag("force")) {
      images.remove(name);
    } else if (!images.removeUnused(name)) {
      throw new EngineException(
          EngineException.Kind.FAILED_PRECONDITION,
          "image "
              + name
              + " is used by "
              + String.join(", ", images.users(image.id()))
              + "; remove that first, or force the removal of the name");
    }
    return Response.json(ImageView.summary(image));
  }

  private Response prune(Request request) {
    return Response.json(items(images.prune(request.flag("all"))));
  }

  /** {@code {"name": ..., "username": ..., "password": ...}}; answers with progress lines. */
  private Response pull(Request request) throws IOException {
    Map<String, Object> wanted = request.json(REQUEST_LIMIT);
    ImageReference reference = ImageReference.parse(text(wanted, "name"));
    String username = text(wanted, "username");
    Optional<Credentials> credentials =
        username.isEmpty()
            ? Optional.empty()
            : Optional.of(new Credentials.Password(username, text(wanted, "password")));
    var pull = new PullRequest(reference, credentials, images.platform());
    return progress(
        request, (progress, cancellation) -> List.of(images.pull(pull, progress, cancellation)));
  }

  /** The body is an archive; {@code ?folder=} names an OCI layout on this machine instead. */
  private Response load(Request request) {
    Optional<String> baseName = request.query("name");
    Optional<String> folder = request.query("folder");
    return progress(
        request,
        (progress, cancellation) ->
            folder.isPresent()
                ? images
                    .archives()
                    .loadFolder(Path.of(folder.get()), baseName, progress, cancellation)
                : images.archives().load(request.body(), baseName, progress, cancellation));
  }

  /** The body is a root file system's tar archive; {@code ?cmd=} may be given several times. */
  private Response importRootfs(Request request) {
    ImageReference name =
        ImageReference.parse(
            request
                .query("name")
                .orElseThrow(() -> new IllegalArgumentException("?name= must name the image")));
    return progress(
        request,
        (progress, cancellation) ->
            List.of(
                images
                    .archives()
                    .importRootfs(
                        request.body(), name, request.queries("cmd"), progress, cancellation)));
  }

  private Response save(Request request) {
    List<String> names = request.queries("name");
    if (names.isEmpty()) {
      throw new IllegalArgumentException("?name= must name an image");
    }
    names.forEach(images::get);
    String packing = request.query("compress").orElse("none");
    String type =
        switch (packing) {
          case "none" -> "application/x-tar";
          case "gzip" -> "application/gzip";
          case "zstd" -> "application/zstd";
          default ->
              throw new IllegalArgumentException(
                  "?compress=" + packing + " is neither none, gzip nor zstd");
        };
    return Response.stream(
        type,
        out -> {
          try (OutputStream packed = pack(packing, out)) {
            images.archives().save(names, packed);
          }
        });
  }

  private static OutputStream pack(String packing, OutputStream out) throws IOException {
    return switch (packing) {
      case "gzip" -> new GZIPOutputStream(out);
      case "zstd" -> new ZstdOutputStream(out);
      default -> out;
    };
  }

  private interface Work {
    List<Image> run(PullProgress progress, Cancellation cancellation);
  }

  /** Runs long work while it tells of itself; a client that leaves ends it. */
  private static Response progress(Request request, Work work) {
    var cancellation = new Cancellation();
    request.onDisconnect(
        () ->
            cancellation.cancel(
                EngineException.Kind.CANCELLED, "the client has left, nobody waits"));
    return Response.stream(
        "application/jsonlines",
        out -> {
          try (var lines = new ProgressLines(out)) {
            try {
              lines.done(work.run(lines, cancellation));
            } catch (EngineException | IllegalArgumentException e) {
              // The status line is sent already: the failure is the last line.
              lines.failed(e);
            }
          }
        });
  }

  private static String text(Map<String, Object> tree, String key) {
    Object value = tree.get(key);
    if (value != null && !(value instanceof String)) {
      throw new IllegalArgumentException("\"" + key + "\" must be a string");
    }
    return value == null ? "" : (String) value;
  }
}

package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.FullDisk;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.content.WrongDigestException;
import io.sandjar.runtime.image.manifest.MediaTypes;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Endpoint.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** One repository of a registry, on whichever of its servers answers. */
public final class Repository {
  /** The distribution spec has registries accept 4 MiB; no real manifest is near it. */
  private static final int DOCUMENT_LIMIT = 8 << 20;

  /** A manifest or index as it was served. */
  public record Served(Digest digest, byte[] content, String contentType) {}

  private final ImageReference image;
  private final List<EndpointClient> servers;
  private final Cancellation cancellation;

  Repository(ImageReference image, List<EndpointClient> servers, Cancellation cancellation) {
    this.image = image;
    this.servers = servers;
    this.cancellation = cancellation;
  }

  /** What the image's tag or digest names now. */
  public Served resolve() {
    Capability needed = image.digest().isPresent() ? Capability.PULL : Capability.RESOLVE;
    return tryEach(needed, server -> document(server, image.object()));
  }

  /** A manifest that an index names. */
  public Served manifest(Digest digest) {
    return tryEach(Capability.PULL, server -> document(server, digest.toString()));
  }

  /** Brings a blob, or what is missing of it, into {@code ingest}, without committing it. */
  public void fetch(Ingest ingest, BlobDownload.Progress progress) {
    tryEach(
        Capability.PULL,
        server -> {
          new BlobDownload(server, image, ingest, cancellation, progress).run();
          return ingest;
        });
  }

  private Served document(EndpointClient server, String object) throws IOException {
    HttpResponse<InputStream> response =
        server.get(
            server.endpoint().manifest(image, object),
            Map.of("Accept", String.join(", ", MediaTypes.ACCEPTED)));
    byte[] content;
    try (InputStream body = response.body()) {
      content = body.readNBytes(DOCUMENT_LIMIT + 1);
    }
    if (content.length > DOCUMENT_LIMIT) {
      throw new BadContentException("the manifest is longer than " + DOCUMENT_LIMIT + " bytes");
    }
    Digest digest = verified(object, response, content);
    String type = response.headers().firstValue("Content-Type").orElse("");
    return new Served(digest, content, type);
  }

  /** By digest the content must be it; by tag it must be what the server says it is. */
  private static Digest verified(String object, HttpResponse<?> response, byte[] content)
      throws IOException {
    Digest asked =
        Digest.tryParse(object)
            .or(
                () ->
                    response
                        .headers()
                        .firstValue("Docker-Content-Digest")
                        .flatMap(Digest::tryParse))
            .orElseGet(() -> Digest.sha256(content));
    byte[] sum = asked.newHash().digest(content);
    if (!asked.matches(sum)) {
      throw new WrongDigestException(asked, sum);
    }
    return asked;
  }

  private interface Attempt<T> {
    T on(EndpointClient server) throws IOException;
  }

  private <T> T tryEach(Capability needed, Attempt<T> attempt) {
    var failures = new StringBuilder();
    Kind kind = null;
    IOException last = null;
    for (EndpointClient server : servers) {
      if (!server.endpoint().capabilities().contains(needed)) {
        continue;
      }
      try {
        return attempt.on(server);
      } catch (IOException e) {
        cancellation.check();
        if (FullDisk.causes(e)) {
          throw new java.io.UncheckedIOException(e);
        }
        failures.append(failures.isEmpty() ? "" : "; ").append(describe(server, e));
        kind = moreTelling(kind, kindOf(e));
        last = e;
      }
    }
    if (kind == null) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "pull " + image + ": hosts.toml names no server that may be asked to " + needed);
    }
    throw new EngineException(kind, "pull " + image + ": " + failures, last);
  }

  private static String describe(EndpointClient server, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    if (e instanceof java.net.ConnectException) {
      reason = "cannot connect (" + reason + ")";
    }
    return server.endpoint() + ": " + reason;
  }

  private static Kind kindOf(IOException e) {
    if (e instanceof RegistryException refusal) {
      return refusal.kind();
    }
    return e instanceof BadContentException ? Kind.FAILED_PRECONDITION : Kind.UNAVAILABLE;
  }

  /** Of several servers' failures, a refusal tells more than an absence, trouble more than both. */
  private static Kind moreTelling(Kind one, Kind other) {
    List<Kind> order =
        List.of(Kind.NOT_FOUND, Kind.PERMISSION_DENIED, Kind.UNAVAILABLE, Kind.FAILED_PRECONDITION);
    return one == null || order.indexOf(other) > order.indexOf(one) ? other : one;
  }
}

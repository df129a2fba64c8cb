package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.FullDisk;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Downloads one blob from one server, going on where a broken connection left off. */
public final class BlobDownload {
  /** Attempts in a row that bring nothing. */
  private static final int FRUITLESS_ATTEMPTS = 4;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

  /** Told how many bytes are here. */
  @FunctionalInterface
  public interface Progress {
    void at(long length);
  }

  private final EndpointClient server;
  private final ImageReference image;
  private final Ingest ingest;
  private final Cancellation cancellation;
  private final Progress progress;

  BlobDownload(
      EndpointClient server,
      ImageReference image,
      Ingest ingest,
      Cancellation cancellation,
      Progress progress) {
    this.server = server;
    this.image = image;
    this.ingest = ingest;
    this.cancellation = cancellation;
    this.progress = progress;
  }

  void run() throws IOException {
    int fruitless = 0;
    Duration pause = FIRST_PAUSE;
    while (ingest.length() < ingest.expected() || ingest.expected() < 0) {
      long before = ingest.length();
      try {
        once();
        return;
      } catch (RegistryException e) {
        throw e;
      } catch (IOException e) {
        cancellation.check();
        if (FullDisk.causes(e) || e instanceof BadContentException) {
          throw e;
        }
        fruitless = ingest.length() > before ? 0 : fruitless + 1;
        pause = ingest.length() > before ? FIRST_PAUSE : EndpointClient.longer(pause);
        if (fruitless == FRUITLESS_ATTEMPTS) {
          throw e;
        }
        cancellation.sleep(pause);
      }
    }
  }

  private void once() throws IOException {
    long from = ingest.length();
    Map<String, String> headers = new LinkedHashMap<>();
    if (from > 0) {
      headers.put("Range", "bytes=" + from + "-");
    }
    HttpResponse<InputStream> response =
        server.get(server.endpoint().blob(image, ingest.digest().toString()), headers);
    try (InputStream body = response.body()) {
      if (from > 0 && !goesOnAt(response, from)) {
        // A server without ranges begins anew: what we have is skipped, and verified at the end.
        body.skipNBytes(from);
      }
      byte[] buffer = new byte[1 << 16];
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        ingest.append(buffer, 0, count);
        progress.at(ingest.length());
      }
    }
    if (ingest.expected() >= 0 && ingest.length() < ingest.expected()) {
      throw new EOFException(
          "the connection ended after " + ingest.length() + " of " + ingest.expected() + " bytes");
    }
  }

  private static boolean goesOnAt(HttpResponse<?> response, long from) throws IOException {
    if (response.statusCode() != 206) {
      return false;
    }
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + from + "-")) {
      throw new IOException("asked for bytes from " + from + ", the server sent " + range);
    }
    return true;
  }
}

package io.sandjar.runtime.image.manifest;

import io.sandjar.runtime.image.ImageConfig;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image's configuration document: how to run it, and the digests of its unpacked layers.
 *
 * @param diffIds base first
 */
public record ConfigDocument(
    ImageConfig config, Platform platform, Optional<Instant> created, List<Digest> diffIds) {

  public static ConfigDocument read(byte[] json) throws IOException {
    Fields fields = Fields.parse("the image configuration", json);
    Fields config = fields.fields("config");
    var diffIds = new ArrayList<Digest>();
    for (String diffId : fields.fields("rootfs").texts("diff_ids")) {
      diffIds.add(
          Digest.tryParse(diffId)
              .orElseThrow(
                  () ->
                      new BadContentException(
                          "the image configuration has the bad diff_id " + diffId)));
    }
    if (diffIds.size() > DocumentReader.LAYER_LIMIT) {
      throw new BadContentException(
          "the image has "
              + diffIds.size()
              + " layers; overlayfs takes "
              + DocumentReader.LAYER_LIMIT);
    }
    String variant = fields.text("variant");
    return new ConfigDocument(
        new ImageConfig(
            config.texts("Entrypoint"),
            config.texts("Cmd"),
            config.texts("Env"),
            config.text("User"),
            config.text("WorkingDir"),
            config.text("StopSignal"),
            config.keys("Volumes"),
            config.keys("ExposedPorts"),
            config.textMap("Labels")),
        new Platform(
            fields.text("os"),
            fields.text("architecture"),
            variant.isEmpty() ? Optional.empty() : Optional.of(variant)),
        created(fields.text("created")),
        List.copyOf(diffIds));
  }

  private static Optional<Instant> created(String text) {
    try {
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      // Only shown, never relied on.
      return Optional.empty();
    }
  }

  /** The OCI image spec's chain ids: each digest covers its layer and all below. */
  public List<Digest> chainIds() {
    var chain = new ArrayList<Digest>();
    for (Digest diffId : diffIds) {
      chain.add(
          chain.isEmpty()
              ? diffId
              : Digest.sha256(
                  (chain.get(chain.size() - 1) + " " + diffId).getBytes(StandardCharsets.UTF_8)));
    }
    return List.copyOf(chain);
  }
}

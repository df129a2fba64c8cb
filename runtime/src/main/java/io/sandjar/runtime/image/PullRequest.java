package io.sandjar.runtime.image;

import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import java.util.Optional;

/**
 * @param credentials what the caller gave; without them the node's own are tried
 */
public record PullRequest(
    ImageReference reference, Optional<Credentials> credentials, Platform platform) {

  public static PullRequest of(String reference) {
    return new PullRequest(ImageReference.parse(reference), Optional.empty(), Platform.host());
  }
}

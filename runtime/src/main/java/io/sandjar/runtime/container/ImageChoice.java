package io.sandjar.runtime.container;

import java.util.Map;

/**
 * The image a container is made from.
 *
 * @param image as the request names it, mostly by id
 * @param userSpecified as the manifest names it
 */
public record ImageChoice(
    String image, String userSpecified, String runtimeHandler, Map<String, String> annotations) {

  public ImageChoice {
    annotations = Map.copyOf(annotations);
  }
}

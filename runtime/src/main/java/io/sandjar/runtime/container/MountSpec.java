package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.IdRange;
import java.util.List;
import java.util.Optional;

/**
 * A folder or file of the host, or an image, that a container sees.
 *
 * @param image present for an image volume; {@code hostPath} is empty then
 * @param imageSubPath a folder inside the image; empty for its root
 */
public record MountSpec(
    String containerPath,
    String hostPath,
    boolean readonly,
    boolean recursiveReadonly,
    boolean selinuxRelabel,
    Propagation propagation,
    List<IdRange> uidMappings,
    List<IdRange> gidMappings,
    Optional<ImageChoice> image,
    String imageSubPath) {

  public MountSpec {
    uidMappings = List.copyOf(uidMappings);
    gidMappings = List.copyOf(gidMappings);
  }

  /** Whether mounts made later show on the other side. */
  public enum Propagation {
    PRIVATE,
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
  }
}

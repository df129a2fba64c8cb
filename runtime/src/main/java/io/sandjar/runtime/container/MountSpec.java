package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.IdRange;
import io.sandjar.runtime.sandbox.UserNamespace;
import java.util.List;
import java.util.Optional;

/**
 * A folder or file of the host, or an image, that a container sees.
 *
 * @param image present for an image volume; {@code hostPath} is empty then
 * @param subPath what of the volume is shown, found inside it whatever links it holds; empty for
 *     all
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
    String subPath) {

  public MountSpec {
    uidMappings = List.copyOf(uidMappings);
    gidMappings = List.copyOf(gidMappings);
  }

  /** The same, with owners on disk shown through the pod's user namespace. */
  public MountSpec mappedTo(UserNamespace user) {
    return new MountSpec(
        containerPath,
        hostPath,
        readonly,
        recursiveReadonly,
        selinuxRelabel,
        propagation,
        user.uids(),
        user.gids(),
        image,
        subPath);
  }

  /** Whether mounts made later show on the other side. */
  public enum Propagation {
    PRIVATE,
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
  }
}

package io.sandjar.runtime.image.snapshot;

import io.sandjar.runtime.image.reference.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folders that make a container's root file system, ready to be mounted as an overlay.
 *
 * <p>All {@code lower} folders lie below {@code layers} and have short names there, so that an
 * overlay of hundreds fits the one page of options that mount(2) takes, as relative paths from that
 * folder (kernels before 6.5 have no other way).
 *
 * @param id the container's id, or what else owns it
 * @param image whose layers it shows; they stay as long as the snapshot does
 * @param layers the folder from which the lower ones are named relatively
 * @param lower read-only layers, topmost first, as overlayfs wants them; never empty
 * @param writable the layer that takes writes; absent in a read-only view (an image volume)
 */
public record Snapshot(
    String id, Digest image, Path layers, List<Path> lower, Optional<Writable> writable) {

  public Snapshot {
    lower = List.copyOf(lower);
  }

  /** The {@code lower} of a container's root: with the {@link MountPoints} at the very bottom. */
  public List<Path> lowerOfRoot() {
    List<Path> all = new ArrayList<>(lower);
    all.add(MountPoints.below(layers));
    return all;
  }

  /** Overlay's {@code upperdir} and {@code workdir}. Nothing in them is used after a reboot. */
  public record Writable(Path upper, Path work) {}
}

package io.sandjar.runtime.image.snapshot;

import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Usage;
import java.util.List;
import java.util.Optional;

/** The writable layers of containers and read-only views of images, by the id of their owner. */
public interface Snapshots {

  /** Makes the folders for a container with id {@code id}; asking again gives the same ones. */
  Snapshot prepare(String id, Image image);

  /** As {@link #prepare}, without a writable layer: for an image volume. */
  Snapshot view(String id, Image image);

  Optional<Snapshot> find(String id);

  /** Every snapshot there is, so that one whose owner is gone can be removed. */
  List<Snapshot> list();

  /** What the writable layer holds; zero for a view. Walks the folder. */
  Usage usage(String id);

  /** Removes the folders; they must be unmounted. One that is not there is fine. */
  void remove(String id);
}

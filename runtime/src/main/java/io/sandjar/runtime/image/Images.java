package io.sandjar.runtime.image;

import java.util.List;
import java.util.Optional;

/** The images of this node: everything that is done with them by name. */
public interface Images {

  /**
   * Finds an image by what a user or the kubelet calls it: a name (short or full), {@code
   * name@digest}, an image id, or at least the first characters of an id's hex part.
   *
   * @throws IllegalArgumentException if it is none of those
   */
  Optional<Image> find(String name);

  /** As {@link #find}, but an image that is not here is an error (NOT_FOUND). */
  Image get(String name);

  List<Image> list();

  /**
   * Pulls, verifies and unpacks; returns when the image can run. Pulls of the same image share
   * their work. After a cancellation nothing half-done is left.
   */
  Image pull(PullRequest request, PullProgress progress, Cancellation cancellation);

  /**
   * Removes a name (by tag or digest), or with an image id all names. An image without names is
   * gone, but layers that a snapshot shows stay until that goes. Unknown names are fine.
   */
  void remove(String name);

  /** What blobs and unpacked layers occupy. */
  Usage usage();
}

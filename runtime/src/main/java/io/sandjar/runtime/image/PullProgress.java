package io.sandjar.runtime.image;

import io.sandjar.runtime.image.reference.Digest;

/** Told how a pull or a load advances; called from several threads, and often: be quick. */
@FunctionalInterface
public interface PullProgress {

  /** Where a blob is on its way. */
  enum Stage {
    RESOLVING,
    WAITING,
    DOWNLOADING,
    UNPACKING,
    DONE,
    EXISTS
  }

  PullProgress NONE = (blob, stage, done, total) -> {};

  /**
   * @param blob the layer, configuration or manifest
   * @param done bytes so far
   * @param total all its bytes, or -1 where that is not known
   */
  void advanced(Digest blob, Stage stage, long done, long total);
}

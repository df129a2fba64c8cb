package io.sandjar.runtime.image.content;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.FullDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says of a failed write to the image store what its caller can do about it. */
public final class StorageErrors {
  private StorageErrors() {}

  /**
   * As an engine error: RESOURCE_EXHAUSTED on a full disk, FAILED_PRECONDITION where the content is
   * to blame, else INTERNAL.
   */
  public static EngineException explain(String tried, Path store, IOException e) {
    if (!FullDisk.causes(e)) {
      var kind =
          e instanceof BadContentException
              ? EngineException.Kind.FAILED_PRECONDITION
              : EngineException.Kind.INTERNAL;
      return new EngineException(kind, tried + ": " + messageOf(e), e);
    }
    return new EngineException(
        EngineException.Kind.RESOURCE_EXHAUSTED,
        tried
            + ": the file system of "
            + store
            + " is full ("
            + free(store)
            + " bytes free); remove images or containers, or give it more space",
        e);
  }

  private static String messageOf(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String free(Path store) {
    try {
      return String.valueOf(Files.getFileStore(store).getUsableSpace());
    } catch (IOException e) {
      return "unknown";
    }
  }
}

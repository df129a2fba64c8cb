package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.pod.env.ConfigErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds a subPath inside a volume; symbolic links may not lead out of it. */
final class SubPaths {

  private SubPaths() {}

  /** The place without symbolic links; a missing folder is made. */
  static Path inside(Path volume, String subPath) throws ConfigErrorException, IOException {
    Path root = volume.toRealPath();
    Path here = root;
    for (Path step : Path.of(subPath).normalize()) {
      if (step.toString().equals("..")) {
        throw leadsOut(volume, subPath);
      }
      Path next = here.resolve(step);
      if (!Files.exists(next, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(next);
        // As open as the volume itself: whoever may write there may write here.
        int mode = (int) Files.getAttribute(root, "unix:mode") & 07777;
        Files.setAttribute(next, "unix:mode", mode);
      }
      here = next.toRealPath();
      if (!here.startsWith(root)) {
        throw leadsOut(volume, subPath);
      }
    }
    return here;
  }

  private static ConfigErrorException leadsOut(Path volume, String subPath) {
    return new ConfigErrorException(
        "failed to prepare subPath \"" + subPath + "\": it leads out of the volume " + volume);
  }
}

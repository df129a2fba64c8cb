package io.sandjar.runtime.state;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sets a file aside that cannot be read, so that a daemon starts without it and a person sees it.
 */
public final class DamagedFile {
  private static final System.Logger LOG = System.getLogger(DamagedFile.class.getName());

  private DamagedFile() {}

  /**
   * Moves it to {@code NAME.corrupt} beside it, in place of an earlier one.
   *
   * @param instead what is done without it, as in "it is made anew"
   */
  public static void setAside(Path file, Exception wrong, String instead) throws IOException {
    setAside(file, file.resolveSibling(file.getFileName() + ".corrupt"), wrong, instead);
  }

  static void setAside(Path file, Path aside, Exception wrong, String instead) throws IOException {
    FolderTree.delete(aside);
    Files.move(file, aside);
    LOG.log(
        Level.ERROR,
        "cannot read {0}: {1}; it is set aside as {2} and {3}",
        file,
        wrong.getMessage(),
        aside,
        instead);
  }
}

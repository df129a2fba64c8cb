package io.sandjar.cli.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Puts an archive that came from a container on this machine's disk, and trusts it in nothing: no
 * entry gets outside of the target, and links, which could lead a later entry there, are left out.
 */
public final class TarExtraction {
  private final String prefix;
  private final Path target;
  private final Consumer<String> warn;
  private boolean found;

  /**
   * @param prefix what the archive's names begin with: the name of what was asked for
   * @param target what that is to be called here
   */
  public TarExtraction(String prefix, Path target, Consumer<String> warn) {
    this.prefix = prefix;
    this.target = target;
    this.warn = warn;
  }

  /** Whether there was anything. */
  public boolean extract(InputStream archive) throws IOException {
    var reader = new TarReader(archive);
    for (var next = reader.next(); next.isPresent(); next = reader.next()) {
      extract(reader, next.get());
    }
    return found;
  }

  private void extract(TarReader reader, TarReader.Entry entry) throws IOException {
    var name = entry.name().replaceFirst("^(\\./|/)+", "").replaceFirst("/+$", "");
    if (!name.equals(prefix) && !name.startsWith(prefix + "/")) {
      warn.accept("warning: " + entry.name() + " was not asked for and is left out");
      return;
    }
    var below = name.substring(prefix.length()).replaceFirst("^/+", "");
    var path = below.isEmpty() ? target : target.resolve(below).normalize();
    if (!path.equals(target) && !path.startsWith(target.normalize())) {
      warn.accept("warning: " + entry.name() + " leads out of " + target + " and is left out");
      return;
    }
    found = true;
    if (entry.isFolder()) {
      Files.createDirectories(path);
    } else if (entry.isFile()) {
      if (path.getParent() != null) {
        Files.createDirectories(path.getParent());
      }
      // Not through a link that an earlier run or another hand has left there.
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      }
      try (var out = Files.newOutputStream(path)) {
        reader.copyTo(out);
      }
      Files.getFileAttributeView(
              path, java.nio.file.attribute.PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(permissions(entry.mode()));
    } else {
      var target = entry.target().isEmpty() ? "" : " -> " + entry.target();
      warn.accept("warning: skipping link or device: " + entry.name() + target);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    var set = EnumSet.noneOf(PosixFilePermission.class);
    var all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode >> all.length - 1 - i & 1) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }
}

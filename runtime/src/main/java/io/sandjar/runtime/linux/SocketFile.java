package io.sandjar.runtime.linux;

import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The file of a listening unix socket: takes the place of a dead one, never of a live one. */
public final class SocketFile {
  /** Root and its group: who may connect decides over every pod of the machine. */
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-rw----");

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /** Binds a server to {@link #address()}. */
  @FunctionalInterface
  public interface Binding {
    void bind() throws IOException;
  }

  private final Path path;

  /**
   * The folder where it is bound, out of others' reach until its mode is right: bind(2) makes it by
   * the umask, and a client could connect before a chmod.
   */
  private final Path nursery;

  private volatile Object boundFile;

  public SocketFile(Path path) {
    this.path = path.toAbsolutePath();
    this.nursery = this.path.resolveSibling("." + path.getFileName());
  }

  public Path path() {
    return path;
  }

  /** Where the server binds; clients connect to {@link #path()}. */
  public UnixDomainSocketAddress address() {
    return UnixDomainSocketAddress.of(nursery.resolve("s"));
  }

  /** Binds, lets only root's group in, and takes the place of a stale socket. */
  public void bind(Binding binding) throws IOException {
    Files.createDirectories(path.getParent());
    refuseWhatIsInUse();
    removeNursery();
    Files.createDirectory(nursery, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try {
      binding.bind();
      Path bound = address().getPath();
      Files.setPosixFilePermissions(bound, MODE);
      Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IOException("listen on " + path + ": " + reasonOf(e), e);
    } finally {
      removeNursery();
    }
    boundFile = fileKey();
  }

  private void removeNursery() throws IOException {
    Files.deleteIfExists(address().getPath());
    Files.deleteIfExists(nursery);
  }

  /** Removes the file, unless another process has put its own there meanwhile. */
  public void remove() {
    try {
      if (boundFile != null && boundFile.equals(fileKey())) {
        Files.deleteIfExists(path);
      }
    } catch (IOException gone) {
      // Nothing is lost: the next start clears a stale socket away.
    }
  }

  private void refuseWhatIsInUse() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket()) {
      throw new FileAlreadyExistsException(
          "listen on "
              + path
              + ": a file that is not a socket is there; remove it or choose another path");
    }
    if (answers()) {
      throw new BindException(
          "listen on "
              + path
              + ": another process listens there; stop it or choose another socket path");
    }
  }

  private boolean isSocket() throws IOException {
    return Files.readAttributes(
            path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther();
  }

  private boolean answers() {
    try (var probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  private Object fileKey() throws IOException {
    try {
      return Files.readAttributes(
              path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  private static String reasonOf(IOException error) {
    var cause = error.getCause() == null ? error : error.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}

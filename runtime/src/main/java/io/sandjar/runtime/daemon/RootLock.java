package io.sandjar.runtime.daemon;

import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps a second daemon off a root folder; the kernel drops it when the process ends. */
final class RootLock implements AutoCloseable {
  /**
   * The roots that this process holds. A fcntl(2) lock does not tell two daemons in one process
   * apart, and closing any other descriptor of the file would drop it.
   */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private static final int OWNER_TEXT_BYTES = 32;

  private final Path root;
  private final FileChannel file;

  private RootLock(Path root, FileChannel file) {
    this.root = root;
    this.file = file;
  }

  static RootLock acquire(Path folder) throws IOException {
    Files.createDirectories(folder);
    // Containers' environments and volumes lie below: no other user of the machine may look.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    var root = folder.toRealPath();
    if (!HELD_HERE.add(root)) {
      throw refused(root, "this process");
    }
    try {
      return lock(root);
    } catch (IOException | RuntimeException e) {
      HELD_HERE.remove(root);
      throw e;
    }
  }

  private static RootLock lock(Path root) throws IOException {
    Path lock = root.resolve("daemon.lock");
    if (Files.isDirectory(lock)) {
      DamagedFile.setAside(lock, new IOException("Is a directory"), "it is made anew");
    }
    var file =
        FileChannel.open(
            lock, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (file.tryLock() == null) {
        throw refused(root, "process " + owner(file));
      }
      // Over what is there, and cut behind it: on a full disk no new block could be had.
      var text = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      file.write(ByteBuffer.wrap(text), 0);
      file.truncate(text.length);
      return new RootLock(root, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static IOException refused(Path root, String owner) {
    return new IOException(
        "lock the root folder "
            + root
            + ": another daemon ("
            + owner
            + ") uses it; stop it or give this one another --root and --state");
  }

  private static String owner(FileChannel file) throws IOException {
    var text = ByteBuffer.allocate(OWNER_TEXT_BYTES);
    file.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).trim();
  }

  @Override
  public void close() throws IOException {
    file.close();
    HELD_HERE.remove(root);
  }
}

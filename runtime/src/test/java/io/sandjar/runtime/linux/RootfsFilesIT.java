package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.SaveError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A root filesystem made to hurt whoever reads its passwd file. */
@Tag("machine")
class RootfsFilesIT {
  private static final int O_PATH_DIRECTORY = 0x200000 | 0x10000 | 0x80000;

  @TempDir Path root;
  private Fd folder;
  private RootfsFiles files;

  /** open(2). */
  public interface Open {
    @SaveError
    int open(String path, int flags, int mode);
  }

  @BeforeEach
  void openRoot() throws IOException {
    Files.createDirectory(root.resolve("etc"));
    Open libc = LibraryLoader.create(Open.class).load("c");
    folder = new Fd(Syscalls.check(libc.open(root.toString(), O_PATH_DIRECTORY, 0), "open root"));
    files = new MountedRootfsFiles(folder);
  }

  @AfterEach
  void closeRoot() {
    folder.close();
  }

  @Test
  void aPlainFileIsReadWhole() throws IOException {
    byte[] content = new byte[200_000];
    Files.write(root.resolve("etc/passwd"), content);

    assertArrayEquals(content, files.read("/etc/passwd").orElseThrow());
  }

  @Test
  void aMissingFileIsNoError() throws IOException {
    assertEquals(Optional.empty(), files.read("/etc/passwd"));
    Files.writeString(root.resolve("file"), "");
    assertEquals(Optional.empty(), files.read("/file/passwd"));
  }

  @Test
  void linksLeadOnlyInsideTheRoot() throws IOException {
    Files.writeString(root.resolve("inside"), "mine");
    Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of("/../../../inside"));
    Files.createSymbolicLink(root.resolve("etc/group"), Path.of("/etc/hostname-of-the-host"));
    Files.createSymbolicLink(root.resolve("etc/shadow"), Path.of("../../../../../etc/shadow"));

    assertEquals("mine", new String(files.read("/etc/passwd").orElseThrow()));
    assertEquals(Optional.empty(), files.read("/etc/group"));
    assertThrows(IOException.class, () -> files.read("/etc/shadow")); // ELOOP: it is itself.
  }

  @Test
  void aFifoIsRefusedAndDoesNotBlock() throws Exception {
    run("mkfifo", root.resolve("etc/passwd").toString());

    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertRefused("not a regular file"));
  }

  @Test
  void aDeviceIsRefusedUnopened() throws Exception {
    run("mknod", root.resolve("etc/passwd").toString(), "c", "1", "5");

    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertRefused("not a regular file"));
  }

  @Test
  void aHugeFileIsRefusedBeforeItIsInMemory() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(root.resolve("etc/passwd").toFile(), "rw")) {
      file.setLength(1L << 30);
    }

    assertRefused("larger than");
  }

  private void assertRefused(String why) {
    var refused = assertThrows(IOException.class, () -> files.read("/etc/passwd"));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
  }

  private static void run(String... command) throws Exception {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    assertEquals(0, status, "this test needs root: " + String.join(" ", command));
  }
}

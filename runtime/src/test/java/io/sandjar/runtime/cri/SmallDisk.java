package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A small file system on a loop device, under a node's root folder and its pods' logs. It is full
 * when a test wants it to be.
 */
final class SmallDisk implements AutoCloseable {
  private static final long BYTES = 96 << 20;
  private static final List<String> FOLDERS = List.of("root", "logs");

  private final Path folder;
  private final Path mounted;
  private final Path filler;

  private SmallDisk(Path folder) {
    this.folder = folder;
    this.mounted = folder.resolve("disk");
    this.filler = mounted.resolve("filler");
  }

  /** Before the node is started. */
  static SmallDisk under(Path folder) throws IOException, InterruptedException {
    SmallDisk disk = new SmallDisk(folder);
    Path image = folder.resolve("disk.img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", image.toString());
    Files.createDirectories(disk.mounted);
    run("mount", "-o", "loop", image.toString(), disk.mounted.toString());
    for (String name : FOLDERS) {
      Path there = Files.createDirectories(disk.mounted.resolve(name));
      Path here = Files.createDirectories(folder.resolve(name));
      run("mount", "--bind", there.toString(), here.toString());
    }
    return disk;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertEquals("", Footprint.run(command), String.join(" ", command));
  }

  /** To the last block. */
  void fill() throws IOException {
    try (FileChannel file =
        FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int size = 1 << 20; size >= 1 << 10; size /= 2) {
        append(file, size);
      }
    }
  }

  private static void append(FileChannel file, int size) {
    try {
      while (file.write(ByteBuffer.allocate(size)) == size) {
        // Until it refuses.
      }
    } catch (IOException full) {
      // Which is what it is to be.
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(filler);
  }

  /** After the node is closed. */
  @Override
  public void close() throws IOException {
    try {
      for (String name : FOLDERS) {
        Footprint.run("umount", "-l", folder.resolve(name).toString());
      }
      // The loop device goes with it.
      Footprint.run("umount", "-l", mounted.toString());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

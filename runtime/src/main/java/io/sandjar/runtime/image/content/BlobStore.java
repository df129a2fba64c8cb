package io.sandjar.runtime.image.content;

import io.sandjar.runtime.image.CancellableLocks;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Content by its digest: what lies here under a name was verified to be it. */
public final class BlobStore {
  /** An interrupted download older than this is not worth resuming. */
  private static final Duration PARTIAL_LIFE = Duration.ofDays(1);

  private static final int BLOCK = 4096;

  private final Path blobs;
  private final Staging staging;
  private final CancellableLocks<Digest> writing = new CancellableLocks<>();

  /**
   * @param blobs holds {@code sha256/HEX}
   * @param staging holds what is being written, on the same file system
   */
  public BlobStore(Path blobs, Staging staging) throws IOException {
    this.blobs = blobs;
    this.staging = staging;
    Files.createDirectories(blobs.resolve("sha256"));
    Files.createDirectories(blobs.resolve("sha512"));
    dropOldPartials();
  }

  public boolean has(Digest digest) {
    return Files.exists(path(digest));
  }

  /** Empty if it is not here. */
  public Optional<Long> size(Digest digest) throws IOException {
    try {
      return Optional.of(Files.size(path(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  public InputStream open(Digest digest) throws IOException {
    return Files.newInputStream(path(digest));
  }

  /** A small document, verified again since it decides what runs. */
  public byte[] read(Digest digest) throws IOException {
    byte[] content = Files.readAllBytes(path(digest));
    if (!digest.matches(digest.newHash().digest(content))) {
      throw new IOException("blob " + digest + " is damaged on disk");
    }
    return content;
  }

  /** Whether the stored bytes are still those of the digest. */
  public boolean verify(Digest digest) throws IOException {
    try {
      return digest.matches(hash(path(digest), digest));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Begins to write a blob, or goes on where an earlier attempt ended. Others who want to write it
   * wait here until this one is done.
   *
   * @param size that it must have, or -1
   * @return nothing if it is here by now
   */
  public Optional<Ingest> ingest(Digest digest, long size, Cancellation cancellation)
      throws IOException {
    CancellableLocks.Held held = writing.hold(digest, cancellation);
    Optional<Ingest> begun = Optional.empty();
    try {
      if (!has(digest)) {
        begun = Optional.of(new Ingest(partial(digest), path(digest), digest, size, held));
      }
      return begun;
    } finally {
      if (begun.isEmpty()) {
        held.close();
      }
    }
  }

  /** Stores a document. */
  public Digest put(byte[] content) throws IOException {
    Digest digest = Digest.sha256(content);
    put(digest, content);
    return digest;
  }

  /** Stores a document whose digest its sender gave. */
  public void put(Digest digest, byte[] content) throws IOException {
    if (has(digest)) {
      return;
    }
    byte[] sum = digest.newHash().digest(content);
    if (!digest.matches(sum)) {
      throw new WrongDigestException(digest, sum);
    }
    // In a file of its own: others may be at the same blob.
    Path file = staging.fresh();
    try {
      Files.write(file, content);
      Files.move(file, path(digest), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Takes a file of the staging folder in as a blob.
   *
   * @throws WrongDigestException if it is not {@code digest}; the file stays then
   */
  public void adopt(Path file, Digest digest) throws IOException {
    byte[] sum = hash(file, digest);
    if (!digest.matches(sum)) {
      throw new WrongDigestException(digest, sum);
    }
    Files.move(file, path(digest), StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] hash(Path file, Digest digest) throws IOException {
    var hash = digest.newHash();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        hash.update(buffer, 0, count);
      }
    }
    return hash.digest();
  }

  public void remove(Digest digest) throws IOException {
    // Whatever a damaged disk has made of it.
    FolderTree.delete(path(digest));
  }

  public Set<Digest> list() throws IOException {
    var digests = new TreeSet<Digest>();
    for (String algorithm : List.of("sha256", "sha512")) {
      for (Path file : entries(blobs.resolve(algorithm))) {
        Digest.tryParse(algorithm + ':' + file.getFileName()).ifPresent(digests::add);
      }
    }
    return digests;
  }

  /** What finished and unfinished blobs occupy. */
  public Usage usage() throws IOException {
    long bytes = 0;
    long inodes = 0;
    var files = new ArrayList<Path>();
    files.addAll(entries(blobs.resolve("sha256")));
    files.addAll(entries(blobs.resolve("sha512")));
    for (Path file : entries(staging.folder())) {
      if (Files.isRegularFile(file)) {
        files.add(file);
      }
    }
    for (Path file : files) {
      try {
        bytes += (Files.size(file) + BLOCK - 1) & -BLOCK;
        inodes++;
      } catch (NoSuchFileException e) {
        // Committed or removed while we looked.
      }
    }
    return new Usage(bytes, inodes);
  }

  /** Where the blobs lie. */
  public Path folder() {
    return blobs;
  }

  public Path path(Digest digest) {
    return blobs.resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path partial(Digest digest) {
    return staging.folder().resolve(Staging.DOWNLOAD + digest.algorithm() + '-' + digest.hex());
  }

  private void dropOldPartials() throws IOException {
    Instant limit = Instant.now().minus(PARTIAL_LIFE);
    for (Path file : entries(staging.folder())) {
      if (file.getFileName().toString().startsWith(Staging.DOWNLOAD)
          && Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    var entries = new ArrayList<Path>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(entries::add);
    }
    return entries;
  }
}

package io.sandjar.runtime.image.archive;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.catalog.Catalog;
import io.sandjar.runtime.image.catalog.StoredImage;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.gc.Leases;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.layer.PackedLayers;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Images without a registry: brought in from archives and folders, and saved to them. */
public final class ImageArchives {
  private final Incoming incoming;
  private final BlobStore blobs;
  private final Assembly assembly;
  private final Catalog catalog;
  private final Durability durability;
  private final Leases leases;

  public ImageArchives(
      Incoming incoming, Assembly assembly, Catalog catalog, Durability durability, Leases leases) {
    this.incoming = incoming;
    this.blobs = incoming.blobs();
    this.assembly = assembly;
    this.catalog = catalog;
    this.durability = durability;
    this.leases = leases;
  }

  /**
   * Loads the images of an archive: docker's, OCI's or both in one, packed or not.
   *
   * @param baseName the repository of images that are named only by a tag
   */
  public List<Image> load(
      InputStream archive,
      Optional<String> baseName,
      PullProgress progress,
      Cancellation cancellation) {
    return bringIn(
        "load the image archive",
        folder ->
            add(
                new ArchiveReader(
                    ArchiveFiles.spool(archive, folder, incoming.limits(), cancellation),
                    incoming,
                    baseName,
                    cancellation),
                progress,
                cancellation));
  }

  /** Loads the images of an OCI layout's folder. */
  public List<Image> loadFolder(
      Path layout, Optional<String> baseName, PullProgress progress, Cancellation cancellation) {
    return bringIn(
        "load the image layout " + layout,
        folder ->
            add(
                new ArchiveReader(ArchiveFiles.of(layout), incoming, baseName, cancellation),
                progress,
                cancellation));
  }

  /**
   * Makes an image of one layer from a root file system's tar archive.
   *
   * @param cmd what it runs, if anything
   */
  public Image importRootfs(
      InputStream rootfs,
      ImageReference name,
      List<String> cmd,
      PullProgress progress,
      Cancellation cancellation) {
    return bringIn(
            "import " + name,
            unneeded ->
                List.of(
                    add(
                        new RootfsImport(incoming, cancellation).read(rootfs, name, cmd),
                        progress,
                        cancellation)))
        .get(0);
  }

  private interface Work {
    List<Image> in(Path folder) throws IOException;
  }

  @SuppressWarnings("try") // held for its close
  private List<Image> bringIn(String tried, Work work) {
    try (var lease = leases.hold()) {
      Path folder = incoming.staging().freshFolder();
      try {
        return work.in(folder);
      } finally {
        FolderTree.delete(folder);
      }
    } catch (BadContentException e) {
      leases.sweep();
      throw new EngineException(Kind.INVALID_ARGUMENT, tried + ": " + e.getMessage(), e);
    } catch (IOException e) {
      leases.sweep();
      throw StorageErrors.explain(tried, blobs.folder(), e);
    } catch (RuntimeException e) {
      leases.sweep();
      throw e;
    }
  }

  private List<Image> add(ArchiveReader archive, PullProgress progress, Cancellation cancellation)
      throws IOException {
    var images = new ArrayList<Image>();
    for (ArchivedImage found : archive.read()) {
      images.add(add(found, progress, cancellation));
    }
    return images;
  }

  private Image add(ArchivedImage found, PullProgress progress, Cancellation cancellation)
      throws IOException {
    Assembly.check(found.manifest(), found.config(), incoming.platform());
    List<Descriptor> layers = found.manifest().layers();
    assembly.assemble(
        new PackedLayers(
            found.document(),
            found.manifest(),
            found.config(),
            layers.stream().map(Descriptor::digest).toList()),
        Assembly.Observer.of(layers, progress),
        cancellation);
    Map<String, String> tags = new LinkedHashMap<>();
    var repoDigests = new LinkedHashSet<String>();
    for (ImageReference name : found.names()) {
      name.repoTag().ifPresent(tag -> tags.put(tag, found.document().toString()));
      repoDigests.add(name.repoDigest(found.document()));
    }
    long size =
        layers.stream().mapToLong(Descriptor::size).sum()
            + found.manifest().config().size()
            + found.documentSize();
    return catalog.add(
        new StoredImage(
            found.manifest().config().digest().toString(),
            tags,
            List.copyOf(repoDigests),
            List.of(found.document().toString()),
            layers.stream().map(layer -> layer.digest().toString()).distinct().toList(),
            found.manifest().annotations(),
            size,
            durability.unsynced()),
        found.config());
  }

  /**
   * Writes images as one archive that is an OCI layout and a docker archive at once, as docker
   * itself saves them: every tool reads one of the two.
   *
   * @param names as {@link Catalog#find} takes them
   */
  @SuppressWarnings("try") // held for its close
  public void save(List<String> names, OutputStream out) throws IOException {
    try (var lease = leases.hold()) {
      var tar = new TarWriter(out);
      var manifests = new ArrayList<Object>();
      var dockerImages = new ArrayList<Object>();
      var saved = new LinkedHashSet<Digest>();
      for (String name : names) {
        Image image =
            catalog
                .find(name)
                .orElseThrow(
                    () ->
                        new EngineException(Kind.NOT_FOUND, "image \"" + name + "\" is not here"));
        PackedLayers packed = catalog.packedLayers(image.id());
        describe(image, packed, manifests, dockerImages);
        saved.add(packed.digest());
        saved.add(image.id());
        saved.addAll(packed.blobs());
      }
      tar.file("oci-layout", JSON.std.asBytes(Map.of("imageLayoutVersion", "1.0.0")));
      tar.file("index.json", JSON.std.asBytes(Map.of("schemaVersion", 2, "manifests", manifests)));
      tar.file("manifest.json", JSON.std.asBytes(dockerImages));
      for (Digest digest : saved) {
        try (InputStream in = blobs.open(digest)) {
          tar.file(blobName(digest), in, blobs.size(digest).orElseThrow());
        }
      }
      tar.end();
    }
  }

  private void describe(
      Image image, PackedLayers packed, List<Object> manifests, List<Object> dockerImages)
      throws IOException {
    var names = image.repoTags().isEmpty() ? List.of("") : image.repoTags();
    for (String name : names) {
      var descriptor =
          new LinkedHashMap<String, Object>(
              Descriptor.of(
                      packed.manifest().mediaType(),
                      packed.digest(),
                      blobs.size(packed.digest()).orElseThrow())
                  .toTree());
      if (!name.isEmpty()) {
        descriptor.put(
            "annotations",
            Map.of(
                "io.containerd.image.name",
                name,
                "org.opencontainers.image.ref.name",
                name.substring(name.lastIndexOf(':') + 1)));
      }
      manifests.add(descriptor);
    }
    var docker = new LinkedHashMap<String, Object>();
    docker.put("Config", blobName(image.id()));
    docker.put("RepoTags", image.repoTags());
    docker.put("Layers", packed.blobs().stream().map(ImageArchives::blobName).toList());
    dockerImages.add(docker);
  }

  private static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm() + '/' + digest.hex();
  }
}

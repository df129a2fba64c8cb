package io.sandjar.runtime.image.archive;

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
        folder -> {
          var files = ArchiveFiles.spool(archive, folder, incoming.limits(), cancellation);
          return add(
              new ArchiveReader(files, incoming, baseName, cancellation), progress, cancellation);
        });
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
            folder -> {
              var importing = new RootfsImport(incoming);
              RootfsImport.Spooled spooled = importing.spool(rootfs, folder, cancellation);
              return leased(
                  () -> List.of(add(importing.image(spooled, name, cmd), progress, cancellation)));
            })
        .get(0);
  }

  private interface Work {
    List<Image> in(Path folder) throws IOException;
  }

  private interface Leased<T> {
    T work() throws IOException;
  }

  /** Never while a client sends or reads, who may take for ever: nothing can be removed then. */
  @SuppressWarnings("try") // held for its close
  private <T> T leased(Leased<T> work) throws IOException {
    try (var lease = leases.hold()) {
      return work.work();
    }
  }

  private List<Image> bringIn(String tried, Work work) {
    try {
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
    return leased(
        () -> {
          var images = new ArrayList<Image>();
          for (ArchivedImage found : archive.read()) {
            images.add(add(found, progress, cancellation));
          }
          return images;
        });
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
   * Writes images as one archive, for docker and for what reads OCI layouts.
   *
   * @param names as {@link Catalog#find} takes them
   */
  public void save(List<String> names, OutputStream out) throws IOException {
    try (var saved = new SavedImages(blobs)) {
      leased(
          () -> {
            for (String name : names) {
              Image image =
                  catalog
                      .find(name)
                      .orElseThrow(
                          () ->
                              new EngineException(
                                  Kind.NOT_FOUND, "image \"" + name + "\" is not here"));
              saved.add(image, catalog.packedLayers(image.id()));
            }
            return names;
          });
      saved.writeTo(out);
    }
  }
}

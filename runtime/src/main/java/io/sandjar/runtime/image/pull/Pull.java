package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullProgress.Stage;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.catalog.Catalog;
import io.sandjar.runtime.image.catalog.StoredImage;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.manifest.Document;
import io.sandjar.runtime.image.manifest.Document.Index;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.manifest.DocumentReader;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.RegistryClient;
import io.sandjar.runtime.image.registry.Repository;
import io.sandjar.runtime.image.registry.Repository.Served;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One pull: from a name to an image that is verified, unpacked and in the catalog. */
final class Pull {
  private static final int NESTED_INDEXES = 3;
  private static final long CONFIG_LIMIT = 8 << 20;

  /** What every pull works with. */
  record Parts(
      RegistryClient registry,
      BlobStore blobs,
      Assembly assembly,
      Catalog catalog,
      Durability durability,
      LayerFetches.Shared fetching) {}

  private final Parts parts;
  private final PullRequest request;
  private final PullProgress progress;
  private final Cancellation cancellation;
  private final List<String> documents = new ArrayList<>();

  Pull(Parts parts, PullRequest request, PullProgress progress, Cancellation cancellation) {
    this.parts = parts;
    this.request = request;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  Image run() {
    try {
      return pull();
    } catch (IOException e) {
      cancellation.check();
      throw StorageErrors.explain("pull " + request.reference(), parts.blobs.folder(), e);
    } catch (RuntimeException e) {
      // A cancellation breaks streams and futures all over; what it said is the reason.
      cancellation.check();
      throw e;
    }
  }

  private Image pull() throws IOException {
    ImageReference reference = request.reference();
    Repository repository = parts.registry.open(reference, request.credentials(), cancellation);
    Served served = repository.resolve();
    Digest target = served.digest();
    Manifest manifest = manifest(repository, keep(served));
    var fetching = new BlobFetch(parts.blobs, repository, cancellation);
    ConfigDocument config = config(fetching, manifest.config());
    Assembly.check(manifest, config, request.platform());
    unpack(fetching, manifest, config);
    long size =
        manifest.layers().stream().mapToLong(Descriptor::size).sum()
            + manifest.config().size()
            + served.content().length;
    var stored =
        new StoredImage(
            manifest.config().digest().toString(),
            reference.repoTag().map(tag -> Map.of(tag, target.toString())).orElse(Map.of()),
            List.of(reference.repoDigest(target)),
            documents,
            manifest.layers().stream().map(layer -> layer.digest().toString()).distinct().toList(),
            manifest.annotations(),
            size,
            parts.durability.unsynced());
    cancellation.check();
    return parts.catalog.add(stored, config);
  }

  private Document keep(Served served) throws IOException {
    parts.blobs.put(served.digest(), served.content());
    documents.add(served.digest().toString());
    progress.advanced(
        served.digest(), Stage.DONE, served.content().length, served.content().length);
    return DocumentReader.read(served.content(), served.contentType());
  }

  private Manifest manifest(Repository repository, Document top) throws IOException {
    Document document = top;
    for (int depth = 0; document instanceof Index index; depth++) {
      if (depth == NESTED_INDEXES) {
        throw new BadContentException("indexes are nested too deeply");
      }
      Descriptor chosen =
          index
              .choose(request.platform())
              .orElseThrow(
                  () ->
                      new EngineException(
                          Kind.NOT_FOUND,
                          "pull "
                              + request.reference()
                              + ": there is none for "
                              + request.platform()
                              + ", only for "
                              + String.join(", ", index.platforms())));
      if (parts.blobs.has(chosen.digest())) {
        documents.add(chosen.digest().toString());
        document = DocumentReader.read(parts.blobs.read(chosen.digest()), chosen.mediaType());
      } else {
        document = keep(repository.manifest(chosen.digest()));
      }
    }
    return (Manifest) document;
  }

  private ConfigDocument config(BlobFetch fetching, Descriptor descriptor) throws IOException {
    if (descriptor.size() > CONFIG_LIMIT) {
      throw new BadContentException(
          "the image configuration is longer than " + CONFIG_LIMIT + " bytes");
    }
    fetching.bring(descriptor, () -> BlobFetch.Turn.FREE, ingest -> {}, length -> {});
    progress.advanced(descriptor.digest(), Stage.DONE, descriptor.size(), descriptor.size());
    return ConfigDocument.read(parts.blobs.read(descriptor.digest()));
  }

  private void unpack(BlobFetch fetching, Manifest manifest, ConfigDocument config)
      throws IOException {
    List<Descriptor> layers = manifest.layers();
    var fetches = new LayerFetches(parts.fetching, fetching, progress, cancellation);
    try {
      fetches.start(layers);
      parts.assembly.assemble(
          config,
          index -> fetches.source(layers.get(index).digest()),
          Assembly.Observer.of(layers, progress),
          cancellation);
      fetches.awaitAll();
    } catch (IOException e) {
      EngineException reason =
          StorageErrors.explain("pull " + request.reference(), parts.blobs.folder(), e);
      cancellation.cancel(reason.kind(), reason.getMessage());
      throw reason;
    } catch (RuntimeException | Error e) {
      // Ends the downloads that still run; if one of them failed first, its reason stands.
      cancellation.cancel(
          e instanceof EngineException engine ? engine.kind() : Kind.INTERNAL, e.getMessage());
      throw e;
    } finally {
      fetches.awaitEnd();
    }
  }
}

package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.CancellableLocks;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullProgress.Stage;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the layers of an image from its blobs, each once however many images want it. */
public final class Assembly {
  private final BlobStore blobs;
  private final Layers layers;
  private final CancellableLocks<Digest> unpacking = new CancellableLocks<>();

  public Assembly(BlobStore blobs, Layers layers) {
    this.blobs = blobs;
    this.layers = layers;
  }

  /** A layer's packed bytes, which may still be on their way. */
  public interface Source {
    InputStream open() throws IOException;

    /** Waits until the bytes are known to be the right ones. */
    void verified() throws IOException;
  }

  /** Finds the packed form of layer {@code index}. */
  public interface Sources {
    Source of(int index);
  }

  /** Told which layer is being unpacked, and which is done. */
  public interface Observer {
    void unpacking(int index);

    void done(int index);

    /** Tells a listener, by the layers' blobs. */
    static Observer of(List<Descriptor> layers, PullProgress progress) {
      return new Observer() {
        @Override
        public void unpacking(int index) {
          Descriptor layer = layers.get(index);
          progress.advanced(layer.digest(), Stage.UNPACKING, 0, layer.size());
        }

        @Override
        public void done(int index) {
          Descriptor layer = layers.get(index);
          progress.advanced(layer.digest(), Stage.DONE, layer.size(), layer.size());
        }
      };
    }
  }

  /** A manifest and a configuration that belong together, for this machine. */
  public static void check(Manifest manifest, ConfigDocument config, Platform platform)
      throws IOException {
    if (manifest.layers().size() != config.diffIds().size()) {
      throw new BadContentException(
          "the manifest has "
              + manifest.layers().size()
              + " layers and the configuration "
              + config.diffIds().size());
    }
    Platform built = config.platform();
    boolean isNamed = !built.os().isEmpty() && !built.architecture().isEmpty();
    if (isNamed && built.suits(platform) < 0) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION, "the image is for " + built + ", not for " + platform);
    }
  }

  /** Unpacks what is missing, base first. */
  public List<Layer> assemble(
      ConfigDocument config, Sources sources, Observer observer, Cancellation cancellation)
      throws IOException {
    List<Digest> chainIds = config.chainIds();
    var done = new ArrayList<Layer>();
    for (int i = 0; i < chainIds.size(); i++) {
      cancellation.check();
      done.add(
          layer(
              chainIds.get(i), config.diffIds().get(i), done, sources, i, observer, cancellation));
      observer.done(i);
    }
    return done;
  }

  @SuppressWarnings("try") // held for its close
  private Layer layer(
      Digest chainId,
      Digest diffId,
      List<Layer> below,
      Sources sources,
      int index,
      Observer observer,
      Cancellation cancellation)
      throws IOException {
    Optional<Layer> known = layers.find(chainId);
    if (known.isPresent()) {
      return known.get();
    }
    try (var held = unpacking.hold(chainId, cancellation)) {
      known = layers.find(chainId);
      if (known.isPresent()) {
        return known.get();
      }
      Source source = sources.of(index);
      observer.unpacking(index);
      return layers.unpack(chainId, diffId, below, source, cancellation);
    }
  }

  /** As the other, from blobs that are in the store. */
  public List<Layer> assemble(PackedLayers image, Cancellation cancellation) throws IOException {
    return assemble(image, UNOBSERVED, cancellation);
  }

  public List<Layer> assemble(PackedLayers image, Observer observer, Cancellation cancellation)
      throws IOException {
    return assemble(image.config(), stored(image.blobs()), observer, cancellation);
  }

  private Sources stored(List<Digest> layerBlobs) {
    return index ->
        new Source() {
          @Override
          public InputStream open() throws IOException {
            return blobs.open(layerBlobs.get(index));
          }

          @Override
          public void verified() {
            // Nothing comes into the store unverified.
          }
        };
  }

  private static final Observer UNOBSERVED =
      new Observer() {
        @Override
        public void unpacking(int index) {}

        @Override
        public void done(int index) {}
      };
}

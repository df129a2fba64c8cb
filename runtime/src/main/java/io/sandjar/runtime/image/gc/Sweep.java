package io.sandjar.runtime.image.gc;

import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.layer.Layer;
import io.sandjar.runtime.image.layer.Layers;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.function.Supplier;

/** Takes away the blobs and layers that nothing refers to any more. */
public final class Sweep implements Runnable {
  private static final System.Logger LOG = System.getLogger(Sweep.class.getName());

  private final BlobStore blobs;
  private final Layers layers;
  private final Supplier<Set<Digest>> usedBlobs;
  private final Supplier<Set<Digest>> usedChains;

  public Sweep(
      BlobStore blobs,
      Layers layers,
      Supplier<Set<Digest>> usedBlobs,
      Supplier<Set<Digest>> usedChains) {
    this.blobs = blobs;
    this.layers = layers;
    this.usedBlobs = usedBlobs;
    this.usedChains = usedChains;
  }

  @Override
  public void run() {
    try {
      Set<Digest> chains = usedChains.get();
      for (Layer layer : layers.list()) {
        if (!chains.contains(layer.chainId())) {
          layers.remove(layer.chainId());
        }
      }
      Set<Digest> used = usedBlobs.get();
      for (Digest blob : blobs.list()) {
        if (!used.contains(blob)) {
          blobs.remove(blob);
        }
      }
    } catch (IOException e) {
      // What is left is found by the next sweep.
      LOG.log(Level.WARNING, "cannot remove unused image data: {0}", e.getMessage());
    }
  }
}

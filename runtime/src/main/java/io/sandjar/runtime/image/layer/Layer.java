package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.reference.Digest;
import java.nio.file.Path;

/**
 * A layer that is unpacked here.
 *
 * @param chainId names it and all below it
 * @param folder what overlayfs takes as a lower layer
 */
public record Layer(Digest chainId, Digest diffId, Path folder, Usage usage) {}

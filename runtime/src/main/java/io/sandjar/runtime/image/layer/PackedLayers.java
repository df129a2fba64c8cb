package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.reference.Digest;
import java.util.List;

/**
 * An image's documents, and the blobs of its layers, base first.
 *
 * @param digest of the manifest
 */
public record PackedLayers(
    Digest digest, Manifest manifest, ConfigDocument config, List<Digest> blobs) {}

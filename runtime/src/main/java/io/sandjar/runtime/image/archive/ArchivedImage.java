package io.sandjar.runtime.image.archive;

import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.util.List;

/**
 * An image found in an archive, its blobs in the store.
 *
 * @param document digest of the manifest
 */
record ArchivedImage(
    List<ImageReference> names,
    Digest document,
    long documentSize,
    Manifest manifest,
    ConfigDocument config) {}

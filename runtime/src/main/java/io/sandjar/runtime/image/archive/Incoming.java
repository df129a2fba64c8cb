package io.sandjar.runtime.image.archive;

import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Staging;
import io.sandjar.runtime.image.layer.UnpackLimits;

/**
 * Where archives bring their content, and how much of it.
 *
 * @param staging takes their files until they are verified
 */
public record Incoming(BlobStore blobs, Staging staging, Platform platform, UnpackLimits limits) {}

package io.sandjar.runtime.linux.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A file's access and modification times, seconds and nanoseconds since 1970. */
public record Times(long accessed, int accessedNanos, long modified, int modifiedNanos) {

  /** As the two {@code struct timespec} that utimensat(2) takes. */
  byte[] encode() {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.nativeOrder())
        .putLong(accessed)
        .putLong(accessedNanos)
        .putLong(modified)
        .putLong(modifiedNanos)
        .array();
  }
}

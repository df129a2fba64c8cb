package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/**
 * Bytes that arrive over time and are asked for one chunk after the other, so that a slow reader
 * slows the writer down.
 */
public interface ByteSource extends AutoCloseable {

  /** What {@link #read} gives at the end, instead of a chunk. */
  ByteBuf END = null;

  /**
   * The next chunk as soon as there is one, or {@link #END}. The caller owns the chunk and releases
   * it, and asks again only when the earlier answer has come.
   */
  CompletableFuture<ByteBuf> read();

  /** Nobody reads any further; a waiting read ends with {@link #END}. */
  @Override
  void close();
}

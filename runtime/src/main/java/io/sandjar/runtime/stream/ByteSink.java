package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/** Where bytes go, one chunk after the other. */
public interface ByteSink extends AutoCloseable {

  /**
   * Takes the chunk over (it is released here, also on failure). The answer comes when there is
   * room for the next one; until then the caller writes nothing more.
   */
  CompletableFuture<Void> write(ByteBuf chunk);

  /**
   * No more bytes follow: the other side reads an end of file. Chunks written before still arrive.
   */
  @Override
  void close();
}

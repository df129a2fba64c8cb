package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/** The ends of a channel that a client did not ask for: nothing comes, and what goes is dropped. */
final class NoStream {
  static final ByteSource SOURCE =
      new ByteSource() {
        @Override
        public CompletableFuture<ByteBuf> read() {
          return CompletableFuture.completedFuture(END);
        }

        @Override
        public void close() {}
      };

  static final ByteSink SINK =
      new ByteSink() {
        @Override
        public CompletableFuture<Void> write(ByteBuf chunk) {
          chunk.release();
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public void close() {}
      };

  private NoStream() {}
}

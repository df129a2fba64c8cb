package io.sandjar.runtime.stream;

import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;

/** Netty's futures as the JDK's. */
final class Completions {

  private Completions() {}

  static CompletableFuture<Void> of(Future<?> netty) {
    if (netty.isSuccess()) {
      return CompletableFuture.completedFuture(null);
    }
    var answer = new CompletableFuture<Void>();
    netty.addListener(
        done -> {
          if (done.isSuccess()) {
            answer.complete(null);
          } else {
            answer.completeExceptionally(done.cause());
          }
        });
    return answer;
  }
}

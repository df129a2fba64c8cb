package io.sandjar.runtime.stream;

import java.util.concurrent.CompletionStage;

/** Starts an exec, or joins a container's streams, when the client has come for it. */
@FunctionalInterface
public interface SessionOpener {

  /**
   * Called once, on an event loop: an implementation that blocks does so on a thread of its own. A
   * failure is told to the client in its message.
   */
  CompletionStage<StdioSession> open();
}

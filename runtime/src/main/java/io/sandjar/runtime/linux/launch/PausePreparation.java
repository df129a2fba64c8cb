package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import java.io.IOException;
import java.time.Duration;

/** What a pause process does on its own once its namespaces are there: it tells when it is done. */
final class PausePreparation implements AutoCloseable {
  private final String id;
  private final Fd told;
  private final Program program;
  private final Duration bound;
  private boolean over;

  /**
   * @param told the reading end of what its program tells, owned from now on
   */
  PausePreparation(String id, Fd told, Program program, Duration bound) {
    this.id = id;
    this.told = told;
    this.program = program;
    this.bound = bound;
  }

  /**
   * Waits until it is prepared.
   *
   * @throws LaunchException if a step failed
   */
  synchronized void await() throws IOException {
    if (!over) {
      expectReady(id, told, program, bound);
      close();
    }
  }

  static void expectReady(String id, Fd told, Program program, Duration bound) throws IOException {
    if (StatusMessages.read(told, program, bound) == StatusMessages.Message.END) {
      throw new IOException("the pause process of " + id + " ended while it was started");
    }
  }

  @Override
  public synchronized void close() {
    over = true;
    told.close();
  }
}

package io.sandjar.netbridge.bridge;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** What to take back, last first, if the work is left before it is done. */
final class Undo implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Undo.class.getName());

  interface Step {
    void run() throws IOException;
  }

  private final Deque<Step> steps = new ArrayDeque<>();

  void add(Step step) {
    steps.push(step);
  }

  /** The work is done: nothing is taken back. */
  void forget() {
    steps.clear();
  }

  @Override
  public void close() {
    for (Step step : steps) {
      try {
        step.run();
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot take back a step", e);
      }
    }
  }
}

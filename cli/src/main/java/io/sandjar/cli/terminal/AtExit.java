package io.sandjar.cli.terminal;

/**
 * What must be done at the end of something, also where a signal ends the process before: on
 * closing or in a hook, whichever comes first, and only once.
 */
public final class AtExit implements AutoCloseable {
  private final Runnable act;
  private final Thread hook = new Thread(this::act);
  private boolean done;

  private AtExit(Runnable act) {
    this.act = act;
  }

  /** From now on. */
  public static AtExit of(Runnable act) {
    var atExit = new AtExit(act);
    Runtime.getRuntime().addShutdownHook(atExit.hook);
    return atExit;
  }

  private synchronized void act() {
    if (!done) {
      done = true;
      act.run();
    }
  }

  @Override
  public void close() {
    act();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook runs already, and finds nothing left to do.
    }
  }
}

package io.sandjar.runtime.image.gc;

import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps garbage collection away while something is made that nothing refers to yet: a sweep that is
 * asked for meanwhile happens when the last one who makes something is done.
 */
public final class Leases {
  private static final System.Logger LOG = System.getLogger(Leases.class.getName());

  private final Runnable sweep;
  private final Runnable cleaning;
  private final Executor threads;
  private final AtomicInteger wantsCleaning = new AtomicInteger();
  private int holders;
  private boolean sweeping;
  private boolean asked;

  /**
   * @param sweep takes out of sight what nothing refers to; short, since new leases wait for it
   * @param cleaning gives the space of that back; may take long
   */
  public Leases(Runnable sweep, Runnable cleaning, Executor threads) {
    this.sweep = sweep;
    this.cleaning = cleaning;
    this.threads = threads;
  }

  /** Ends the lease. */
  public interface Lease extends AutoCloseable {
    @Override
    void close();
  }

  /** From now until it is closed, nothing is swept. */
  public synchronized Lease hold() {
    boolean interrupted = false;
    while (sweeping) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    holders++;
    return this::release;
  }

  private void release() {
    synchronized (this) {
      holders--;
    }
    if (sweepIfFree()) {
      // Whoever ends a lease did not ask for it, and need not wait.
      cleanUpSoon();
    }
  }

  /** Sweeps and cleans up now, or as soon as nobody holds a lease. */
  public void sweep() {
    synchronized (this) {
      asked = true;
    }
    sweepIfFree();
    cleaning.run();
  }

  /** As {@link #sweep}, but does not wait for the cleaning. */
  public void sweepSoon() {
    synchronized (this) {
      asked = true;
    }
    sweepIfFree();
    cleanUpSoon();
  }

  /** Gives back the space of what was taken out of sight already; nobody waits for it. */
  public void cleanUpSoon() {
    if (wantsCleaning.getAndIncrement() > 0) {
      return; // One thread is at it, and looks again.
    }
    try {
      threads.execute(this::cleanUp);
    } catch (RejectedExecutionException shuttingDown) {
      // The next start finds it.
      wantsCleaning.set(0);
    }
  }

  private void cleanUp() {
    int wanted;
    do {
      wanted = wantsCleaning.get();
      try {
        cleaning.run();
      } catch (RuntimeException failed) {
        LOG.log(Level.WARNING, "cannot delete what the images need no more", failed);
      }
    } while (!wantsCleaning.compareAndSet(wanted, 0));
  }

  /** Whether a sweep was asked for that a lease keeps away still. */
  public synchronized boolean isSweepDue() {
    return asked || sweeping;
  }

  /** Again, if it was asked for during the sweep: that one may have passed what it is about. */
  private boolean sweepIfFree() {
    boolean swept = false;
    while (begin()) {
      try {
        sweep.run();
      } finally {
        end();
      }
      swept = true;
    }
    return swept;
  }

  private synchronized boolean begin() {
    if (!asked || holders > 0 || sweeping) {
      return false;
    }
    asked = false;
    sweeping = true;
    return true;
  }

  private synchronized void end() {
    sweeping = false;
    notifyAll();
  }
}

package io.sandjar.runtime.image.gc;

/**
 * Keeps garbage collection away while something is made that nothing refers to yet: a sweep that is
 * asked for meanwhile happens when the last one who makes something is done.
 */
public final class Leases {
  private final Runnable sweep;
  private int holders;
  private boolean sweeping;
  private boolean asked;

  public Leases(Runnable sweep) {
    this.sweep = sweep;
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
    sweepIfFree();
  }

  /** Sweeps now, or as soon as nobody holds a lease. */
  public void sweep() {
    synchronized (this) {
      asked = true;
    }
    sweepIfFree();
  }

  /** Again, if it was asked for during the sweep: that one may have passed what it is about. */
  private void sweepIfFree() {
    while (begin()) {
      try {
        sweep.run();
      } finally {
        end();
      }
    }
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

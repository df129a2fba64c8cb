package io.sandjar.runtime.state;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Deletes folders that were moved out of everybody's sight already. Nobody waits for it: a disk may
 * take milliseconds for each folder. What a crash leaves is swept by whoever starts next.
 */
public final class Garbage implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Garbage.class.getName());

  private final Executor workers;
  private final Deletion deletion;
  private final Queue<Path> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean deleting = new AtomicBoolean();
  private final AtomicInteger undeleted = new AtomicInteger();

  /** How a folder of the kind that is thrown away here is deleted. */
  @FunctionalInterface
  public interface Deletion {
    void delete(Path folder) throws IOException;
  }

  /**
   * @param workers one of them is at work while there is something to delete
   */
  public Garbage(Executor workers, Deletion deletion) {
    this.workers = workers;
    this.deletion = deletion;
  }

  /** Has it deleted by a worker, as soon as one is free. */
  public void add(Path folder) {
    keep(folder);
    if (deleting.compareAndSet(false, true)) {
      try {
        workers.execute(this::deleteAll);
      } catch (RejectedExecutionException shuttingDown) {
        deleting.set(false);
      }
    }
  }

  /** Has it deleted by whoever empties this next. */
  public void keep(Path folder) {
    undeleted.incrementAndGet();
    waiting.add(folder);
  }

  private void deleteAll() {
    do {
      empty();
      deleting.set(false);
    } while (!waiting.isEmpty() && deleting.compareAndSet(false, true));
  }

  /** Deletes at once what still waits. */
  public void empty() {
    for (Path folder = waiting.poll(); folder != null; folder = waiting.poll()) {
      try {
        deletion.delete(folder);
      } catch (IOException | RuntimeException failed) {
        LOG.log(
            Level.WARNING,
            "cannot delete {0}, which nobody needs any more; the next start tries again: {1}",
            folder,
            failed);
      } finally {
        undeleted.decrementAndGet();
      }
    }
  }

  /** Whether nothing waits, and nothing is being deleted. */
  public boolean isEmpty() {
    return undeleted.get() == 0;
  }

  @Override
  public void close() {
    empty();
  }
}

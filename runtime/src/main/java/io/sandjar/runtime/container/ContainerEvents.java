package io.sandjar.runtime.container;

import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Tells subscribers what happens to containers, in order. One that does not keep up loses its
 * subscription instead of holding up the engine.
 */
public final class ContainerEvents {
  private static final System.Logger LOG = System.getLogger(ContainerEvents.class.getName());

  /** More than a node's containers can cause while a healthy subscriber handles one. */
  static final int MAX_WAITING = 8192;

  private final Executor workers;
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  public ContainerEvents(Executor workers) {
    this.workers = workers;
  }

  /** What happened. */
  public enum Kind {
    CREATED,
    STARTED,
    STOPPED,
    DELETED
  }

  /** One event; a sandbox is reported under its own id, as one of its containers. */
  public record Event(Kind kind, String containerId, String sandboxId, Instant at) {}

  /**
   * @param whenLost called once if the subscriber was too slow and gets nothing more
   */
  public AutoCloseable subscribe(Consumer<Event> subscriber, Runnable whenLost) {
    Subscription subscription = new Subscription(subscriber, whenLost);
    subscriptions.add(subscription);
    return () -> subscriptions.remove(subscription);
  }

  public void publish(Kind kind, String containerId, String sandboxId, Instant at) {
    Event event = new Event(kind, containerId, sandboxId, at);
    subscriptions.forEach(subscription -> subscription.offer(event));
  }

  private final class Subscription {
    private final Consumer<Event> subscriber;
    private final Runnable whenLost;
    private final ArrayDeque<Event> waiting = new ArrayDeque<>();
    private boolean delivering;

    Subscription(Consumer<Event> subscriber, Runnable whenLost) {
      this.subscriber = subscriber;
      this.whenLost = whenLost;
    }

    void offer(Event event) {
      synchronized (this) {
        if (waiting.size() < MAX_WAITING) {
          waiting.add(event);
          if (!delivering) {
            delivering = true;
            workers.execute(this::deliver);
          }
          return;
        }
      }
      if (subscriptions.remove(this)) {
        LOG.log(Level.WARNING, "a subscriber of container events is too slow and is dropped");
        whenLost.run();
      }
    }

    private void deliver() {
      while (true) {
        Event next;
        synchronized (this) {
          next = waiting.poll();
          if (next == null) {
            delivering = false;
            return;
          }
        }
        try {
          subscriber.accept(next);
        } catch (RuntimeException gone) {
          LOG.log(Level.DEBUG, "a subscriber of container events went away", gone);
          subscriptions.remove(this);
          return;
        }
      }
    }
  }
}

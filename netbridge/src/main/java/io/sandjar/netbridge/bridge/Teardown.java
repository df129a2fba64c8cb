package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Waits for the links of detached sandboxes to vanish. The kernel removes a cable some milliseconds
 * after its namespace died; deleting it by hand would keep the caller for 20 ms, so that is done
 * behind its back, and only if the namespace lives on.
 */
final class Teardown {
  private static final System.Logger LOG = System.getLogger(Teardown.class.getName());

  private final Rtnl rtnl;
  private final ScheduledExecutorService later;
  private final Duration patience;
  private final Consumer<String> gone;
  private final Map<String, String> ownerByLink = new ConcurrentHashMap<>();

  /**
   * @param patience how long the namespace may take to die, and how long to wait after a deletion
   *     that failed
   * @param gone told the sandbox's id once its link is gone
   */
  Teardown(Rtnl rtnl, ScheduledExecutorService later, Duration patience, Consumer<String> gone) {
    this.rtnl = rtnl;
    this.later = later;
    this.patience = patience;
    this.gone = gone;
  }

  void await(String link, String owner) {
    ownerByLink.put(link, owner);
    deleteLater(link);
    // It may have gone before anyone listened for it.
    look(link);
  }

  /** The kernel says that a link is gone. */
  void vanished(String link) {
    String owner = ownerByLink.remove(link);
    if (owner != null) {
      gone.accept(owner);
    }
  }

  /** Events may have been lost: looks at every link that is waited for. */
  void lookAgain() {
    ownerByLink.keySet().forEach(this::look);
  }

  private void look(String link) {
    try {
      if (rtnl.link(link).isEmpty()) {
        vanished(link);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot see whether the link " + link + " is gone", e);
    }
  }

  /** Deletes the sandbox's link now, and waits until that is done. */
  void finish(String link) throws IOException {
    rtnl.deleteLink(link);
    vanished(link);
  }

  private void deleteLater(String link) {
    try {
      later.schedule(() -> delete(link), patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed: the next daemon removes what nobody owns.
      ownerByLink.remove(link);
    }
  }

  private void delete(String link) {
    if (ownerByLink.containsKey(link)) {
      try {
        finish(link);
      } catch (IOException | RuntimeException e) {
        // Its address stays in quarantine as long as it is there, so this must not be the end.
        LOG.log(System.Logger.Level.WARNING, "{0}; it is tried again", e.getMessage());
        deleteLater(link);
      }
    }
  }
}

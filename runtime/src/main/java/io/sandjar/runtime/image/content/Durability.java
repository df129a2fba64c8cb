package io.sandjar.runtime.image.content;

import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.state.BootId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Keeps fsync off a pull's path without trusting what a power cut may have torn.
 *
 * <p>What is written is marked with the boot it was written in; in that boot the page cache has it
 * all. One syncfs(2) afterwards, in the background, brings it to the disk, and then it is marked as
 * synced. After a reboot, only what is marked so is believed.
 */
public final class Durability {
  private static final System.Logger LOG = System.getLogger(Durability.class.getName());

  /** Whether something is on the disk for good, or only sure to be there in one boot. */
  public record Mark(boolean synced, String boot) {}

  /** Saves a record again with a better mark. */
  public interface Update {
    void save(Mark mark) throws IOException;
  }

  private final Path store;
  private final BootId boot;
  private final Executor background;
  private final List<Update> waiting = new ArrayList<>();
  private boolean running;

  public Durability(Path store, BootId boot, Executor background) {
    this.store = store;
    this.boot = boot;
    this.background = background;
  }

  public Mark unsynced() {
    return new Mark(false, boot.value());
  }

  public boolean holds(Mark mark) {
    return mark != null && (mark.synced() || mark.boot().equals(boot.value()));
  }

  /** Tells of something new; {@code update} is called once it is on the disk. */
  public void written(Update update) {
    synchronized (this) {
      waiting.add(update);
      if (running) {
        return;
      }
      running = true;
    }
    background.execute(this::sync);
  }

  private void sync() {
    while (true) {
      List<Update> batch;
      synchronized (this) {
        if (waiting.isEmpty()) {
          running = false;
          notifyAll();
          return;
        }
        batch = List.copyOf(waiting);
        waiting.clear();
      }
      try (Folder folder = Folder.open(store)) {
        folder.syncFileSystem();
        for (Update update : batch) {
          update.save(new Mark(true, boot.value()));
        }
      } catch (IOException | RuntimeException e) {
        // The marks stay as they are: after a reboot it is checked or fetched again.
        LOG.log(Level.WARNING, "cannot bring images to the disk: {0}", e.getMessage());
      }
    }
  }

  /** Waits until all that was written is on the disk. */
  public synchronized void await() throws InterruptedException {
    while (running) {
      wait();
    }
  }
}

package io.sandjar.runtime.api;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.ImageView;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Writes the progress of a pull or load as JSON, an object a line, for a client that shows bars.
 *
 * <p>On a thread of its own, and of what a slow client has not read yet only the newest of each
 * stage: others may wait for the same work, and must not wait for this client.
 */
final class ProgressLines implements PullProgress, AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private record Last(Stage stage, long at) {}

  private final OutputStream out;
  private final Thread writer = new Thread(this::writeAll, "image progress");
  private final Map<Digest, Last> last = new HashMap<>();

  /** By what they are about, oldest first. */
  private final Map<String, Map<String, Object>> unwritten = new LinkedHashMap<>();

  private boolean ended;

  ProgressLines(OutputStream out) {
    this.out = out;
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public synchronized void advanced(Digest blob, Stage stage, long done, long total) {
    long now = System.nanoTime();
    Last before = last.get(blob);
    if (before != null && before.stage == stage && now - before.at < PAUSE_NANOS) {
      return;
    }
    last.put(blob, new Last(stage, now));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("blob", blob.toString());
    line.put("stage", stage.name());
    line.put("done", done);
    line.put("total", total);
    add(blob + " " + stage, line);
  }

  void done(List<Image> images) {
    add("end", Map.of("images", images.stream().map(ImageView::summary).toList()));
  }

  void failed(RuntimeException e) {
    String kind = e instanceof EngineException engine ? engine.kind().name() : "INVALID_ARGUMENT";
    add("end", Map.of("error", String.valueOf(e.getMessage()), "kind", kind));
  }

  private synchronized void add(String about, Map<String, Object> line) {
    unwritten.put(about, line);
    notifyAll();
  }

  private void writeAll() {
    try {
      for (var lines = take(); !lines.isEmpty(); lines = take()) {
        for (Map<String, Object> line : lines) {
          out.write(JSON.std.asBytes(line));
          out.write('\n');
        }
        out.flush();
      }
    } catch (IOException e) {
      // A client that is gone is told of elsewhere; the work must not fail for it twice.
    }
  }

  /** Waits for lines; none at the end. */
  private synchronized List<Map<String, Object>> take() throws IOException {
    try {
      while (unwritten.isEmpty() && !ended) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted while waiting for progress");
    }
    var lines = List.copyOf(unwritten.values());
    unwritten.clear();
    return lines;
  }

  /** Waits until the client has read all, or has left. */
  @Override
  public void close() throws InterruptedIOException {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing the progress");
    }
  }
}

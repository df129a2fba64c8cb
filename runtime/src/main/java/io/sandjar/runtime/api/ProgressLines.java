package io.sandjar.runtime.api;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.ImageView;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Writes the progress of a pull or load as JSON, an object a line, for a client that shows bars.
 */
final class ProgressLines implements PullProgress {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private record Last(Stage stage, long at) {}

  private final OutputStream out;
  private final Map<Digest, Last> last = new HashMap<>();
  private boolean left;

  ProgressLines(OutputStream out) {
    this.out = out;
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
    write(line);
  }

  synchronized void done(List<Image> images) {
    write(Map.of("images", images.stream().map(ImageView::summary).toList()));
  }

  synchronized void failed(RuntimeException e) {
    String kind = e instanceof EngineException engine ? engine.kind().name() : "INVALID_ARGUMENT";
    write(Map.of("error", String.valueOf(e.getMessage()), "kind", kind));
  }

  /** A client that is gone is told of elsewhere; the work must not fail for it twice. */
  private void write(Map<String, Object> line) {
    if (left) {
      return;
    }
    try {
      out.write(JSON.std.asBytes(line));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      left = true;
    }
  }
}

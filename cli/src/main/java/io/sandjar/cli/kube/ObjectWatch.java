package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.http.HttpResponse;
import io.sandjar.cli.output.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The changes of objects, as they happen. */
public final class ObjectWatch implements AutoCloseable {
  /** Seconds, after which the daemon would end it anyway. */
  private static final long LONGEST_WATCH = 1800;

  private final HttpResponse response;
  private final BufferedReader lines;

  /**
   * @param type ADDED, MODIFIED or DELETED
   */
  public record Change(String type, Map<String, Object> object) {
    public boolean isDeletion() {
      return type.equals("DELETED");
    }
  }

  ObjectWatch(HttpResponse response) {
    this.response = response;
    this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /** The next change; empty when the daemon has ended the watch. */
  public Optional<Change> next() throws IOException {
    var line = lines.readLine();
    if (line == null) {
      return Optional.empty();
    }
    var event = JsonReader.object(line);
    var object = KubeApi.map(event, "object");
    var type = String.valueOf(event.get("type"));
    if (type.equals("ERROR")) {
      throw new CommandException("the watch ended: " + object.get("message"));
    }
    return Optional.of(new Change(type, object));
  }

  /**
   * Waits until an object is as wanted.
   *
   * @param wanted is asked with the object as it is, or with nothing where it is not there
   * @param seconds the longest wait; empty for as long as it takes
   * @return whether it came to be so
   */
  public static boolean await(
      KubeApi api,
      ObjectRef object,
      OptionalLong seconds,
      Predicate<Optional<Map<String, Object>>> wanted)
      throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds.orElse(1L << 30));
    while (true) {
      long left = TimeUnit.NANOSECONDS.toSeconds(end - System.nanoTime());
      // It looks after it has begun to watch, so that no change falls between.
      try (var watch = api.watch(object, Math.min(Math.max(1, left), LONGEST_WATCH))) {
        if (wanted.test(api.find(object.path()))) {
          return true;
        }
        if (left <= 0) {
          return false;
        }
        for (var next = watch.next(); next.isPresent(); next = watch.next()) {
          var change = next.get();
          var state =
              change.isDeletion()
                  ? Optional.<Map<String, Object>>empty()
                  : Optional.of(change.object());
          if (wanted.test(state)) {
            return true;
          }
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    response.close();
  }
}

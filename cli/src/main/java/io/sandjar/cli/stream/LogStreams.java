package io.sandjar.cli.stream;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Prints streams of text: one after the other, or as lines come in all of them. */
public final class LogStreams {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final Context context;
  private final KubeApi api;
  private final List<Source> sources = new ArrayList<>();

  private record Source(String path, String prefix) {}

  public LogStreams(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  /**
   * @param prefix put before each line
   */
  public void add(String path, String prefix) {
    sources.add(new Source(path, prefix));
  }

  public int count() {
    return sources.size();
  }

  /**
   * Prints to the end of all.
   *
   * @param together each line as it comes, instead of one source after the other
   */
  public void print(boolean together) throws IOException {
    if (sources.size() == 1 && sources.get(0).prefix().isEmpty()) {
      copy(sources.get(0));
    } else if (together) {
      follow();
    } else {
      for (var source : sources) {
        lines(source);
      }
    }
  }

  private void follow() throws IOException {
    var ends = sources.stream().map(this::inThread).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(ends).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private CompletableFuture<Void> inThread(Source source) {
    var end = new CompletableFuture<Void>();
    var thread =
        new Thread(
            () -> {
              try {
                lines(source);
                end.complete(null);
              } catch (IOException | RuntimeException e) {
                end.completeExceptionally(e);
              }
            },
            source.path());
    thread.setDaemon(true);
    thread.start();
    return end;
  }

  private void lines(Source source) throws IOException {
    try (var response = api.open(source.path());
        var lines =
            new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (this) {
          context.out().println(source.prefix() + line);
          context.out().flush();
        }
      }
    }
  }

  /** Byte by byte as it is, which need not be text, and at once. */
  private void copy(Source source) throws IOException {
    try (var response = api.open(source.path())) {
      var buffer = new byte[BUFFER_BYTES];
      var body = response.body();
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        context.out().write(buffer, 0, count);
        context.out().flush();
      }
    }
  }
}

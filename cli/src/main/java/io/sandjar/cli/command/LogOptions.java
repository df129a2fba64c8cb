package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpResponse;
import io.sandjar.cli.output.Durations;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say how much of a log is printed. */
public final class LogOptions {
  private static final int BUFFER_BYTES = 16 * 1024;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written later.")
  private boolean follow;

  @Option(names = "--tail", paramLabel = "LINES", description = "Only the last lines.")
  private Integer tail;

  @Option(names = "--since", paramLabel = "TIME", description = "Only what is newer: 10s, 5m, 2h.")
  private String since;

  @Option(names = "--timestamps", description = "With the time of each line.")
  private boolean timestamps;

  /** The parameters of a log's path. */
  public Map<String, String> query() {
    var query = new LinkedHashMap<String, String>();
    query.put("follow", follow ? "true" : null);
    query.put("timestamps", timestamps ? "true" : null);
    query.put("tailLines", tail == null || tail < 0 ? null : tail.toString());
    query.put(
        "sinceSeconds", since == null ? null : String.valueOf(Durations.seconds("--since", since)));
    return query;
  }

  /** Copies a log as it comes, so that a follower sees each line at once. */
  public static void copy(Context context, HttpResponse log) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (int count = log.body().read(buffer); count >= 0; count = log.body().read(buffer)) {
      context.out().write(buffer, 0, count);
      context.out().flush();
    }
  }
}

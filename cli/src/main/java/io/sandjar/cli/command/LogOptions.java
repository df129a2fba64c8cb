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
  /** As many lines as there are. */
  public static final int ALL = -1;

  private static final int BUFFER_BYTES = 16 * 1024;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written later.")
  private boolean follow;

  @Option(names = "--tail", paramLabel = "LINES", description = "Only the last lines; -1 for all.")
  private Integer tail;

  @Option(names = "--since", paramLabel = "TIME", description = "Only what is newer: 10s, 5m, 2h.")
  private String since;

  @Option(names = "--timestamps", description = "With the time of each line.")
  private boolean timestamps;

  boolean follows() {
    return follow;
  }

  boolean hasSince() {
    return since != null;
  }

  /**
   * The parameters of a log's path.
   *
   * @param linesUnlessSaid how many of the last lines, -1 for all
   */
  public Map<String, String> query(int linesUnlessSaid) {
    var query = new LinkedHashMap<String, String>();
    int lines = tail == null ? linesUnlessSaid : tail;
    query.put("follow", follow ? "true" : null);
    query.put("timestamps", timestamps ? "true" : null);
    query.put("tailLines", lines < 0 ? null : Integer.toString(lines));
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

package io.sandjar.cli.stream;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.JsonReader;
import io.sandjar.cli.terminal.RawMode;
import io.sandjar.cli.terminal.Signals;
import io.sandjar.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Joins this command's streams, and its terminal, with those of a process in a container. */
public final class RemoteSession {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int RESIZE = 4;
  private static final int BUFFER_BYTES = 16 * 1024;

  private final Context context;

  public RemoteSession(Context context) {
    this.context = context;
  }

  /** The query that asks for these streams; a terminal has no stderr of its own. */
  public static Map<String, String> streams(boolean stdin, boolean terminal) {
    var query = new java.util.LinkedHashMap<String, String>();
    query.put("stdin", stdin ? "true" : null);
    query.put("stdout", "true");
    query.put("stderr", terminal ? null : "true");
    query.put("tty", terminal ? "true" : null);
    return query;
  }

  /**
   * Runs to the process's end.
   *
   * @param path of an exec or attach, with its query
   * @param stdin whether this command's input goes there
   * @param terminal whether the process has a terminal, which is then this one
   * @return the process's exit status
   */
  @SuppressWarnings("try") // raw mode and the handler are only there to be ended
  public int run(String path, boolean stdin, boolean terminal) throws IOException {
    var here = terminal && context.terminal().input();
    try (var channels = Channels.open(context, path);
        RawMode raw = here ? context.terminal().raw() : null;
        Signals resized = here ? Signals.on("WINCH", () -> tellSize(channels)) : null) {
      if (here) {
        tellSize(channels);
      }
      if (stdin) {
        copy(context.in(), channels);
      }
      return follow(channels, context.out(), context.err());
    }
  }

  /**
   * Runs a program that talks over streams of ours.
   *
   * @param in what it reads; null for nothing
   */
  public int run(String path, InputStream in, java.io.OutputStream out, java.io.OutputStream err)
      throws IOException {
    try (var channels = Channels.open(context, path)) {
      if (in != null) {
        copy(in, channels);
      }
      return follow(channels, out, err);
    }
  }

  private static int follow(Channels channels, java.io.OutputStream out, java.io.OutputStream err)
      throws IOException {
    for (var next = channels.read(); next.isPresent(); next = channels.read()) {
      var message = next.get();
      switch (message.channel()) {
        case STDOUT, STDERR -> {
          var target = message.channel() == STDOUT ? out : err;
          target.write(message.bytes(), message.from(), message.length());
          target.flush();
        }
        case STATUS -> {
          if (message.length() > 0) {
            return exitStatus(message.text());
          }
        }
        default -> {}
      }
    }
    throw new CommandException(
        "the connection ended before the command did; its exit status is unknown");
  }

  private void tellSize(Channels channels) {
    context.terminal().size().ifPresent(size -> tell(channels, size));
  }

  private static void tell(Channels channels, Terminal.Size size) {
    var text = "{\"Width\":" + size.columns() + ",\"Height\":" + size.rows() + "}";
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      channels.write(RESIZE, bytes, bytes.length);
    } catch (IOException over) {
      // The session has ended, which its reader finds out.
    }
  }

  /** In a thread of its own, which a process that ends first leaves behind in its read. */
  private static void copy(InputStream in, Channels channels) {
    var thread =
        new Thread(
            () -> {
              var buffer = new byte[BUFFER_BYTES];
              try {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                  channels.write(STDIN, buffer, count);
                }
                channels.end(STDIN);
              } catch (IOException over) {
                // As above.
              }
            },
            "stdin");
    thread.setDaemon(true);
    thread.start();
  }

  /** Reads the Status object that tells how a process ended. */
  private static int exitStatus(String text) throws IOException {
    Map<String, Object> status = JsonReader.object(text);
    if ("Success".equals(status.get("status"))) {
      return 0;
    }
    for (var cause : KubeApi.maps(KubeApi.map(status, "details"), "causes")) {
      if ("ExitCode".equals(cause.get("reason"))) {
        return Integer.parseInt(String.valueOf(cause.get("message")));
      }
    }
    throw new CommandException(String.valueOf(status.get("message")));
  }
}

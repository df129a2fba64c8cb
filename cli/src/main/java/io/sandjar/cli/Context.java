package io.sandjar.cli;

import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.http.HttpResponse;
import io.sandjar.cli.http.UnixHttpClient;
import io.sandjar.cli.output.JsonReader;
import io.sandjar.cli.output.TextTable;
import io.sandjar.cli.terminal.Screen;
import io.sandjar.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What a command has around it: its streams, its environment, and the daemon. */
public final class Context {
  private static final Path DEFAULT_SOCKET = Path.of("/run/sandjar/api.sock");

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final Terminal terminal;
  private Optional<Path> socketOption = Optional.empty();
  private boolean verbose;
  private List<String> words = List.of();

  /** For streams that are no terminal. */
  public Context(
      InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
    this(in, out, err, environment, Terminal.NONE);
  }

  Context(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Terminal terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.environment = environment;
    this.terminal = terminal;
  }

  public InputStream in() {
    return in;
  }

  public PrintStream out() {
    return out;
  }

  public PrintStream err() {
    return err;
  }

  public Optional<String> environment(String name) {
    var value = environment.get(name);
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  public Terminal terminal() {
    return terminal;
  }

  /** A new table, laid out for whoever reads the output. */
  public TextTable table() {
    return new TextTable(screen());
  }

  /** The launcher script tells the width, which asking for from here would take 20 ms. */
  private Screen screen() {
    if (!terminal.output()) {
      return Screen.PLAIN;
    }
    int told = Integer.getInteger("sandjar.columns", 0);
    var width =
        told > 0
            ? OptionalInt.of(told)
            : terminal
                .size()
                .map(size -> OptionalInt.of(size.columns()))
                .orElse(OptionalInt.empty());
    return new Screen(width, !environment.containsKey("NO_COLOR"));
  }

  void words(List<String> typed) {
    words = typed;
  }

  /** The command line as it was typed. */
  public List<String> words() {
    return words;
  }

  void verbose(boolean on) {
    verbose = on;
  }

  void socketOption(Path socket) {
    socketOption = Optional.of(socket);
  }

  /** The daemon: that of --socket, of SANDJAR_SOCKET, or the machine's own. */
  public UnixHttpClient daemon() {
    if (socketOption.isPresent()) {
      return new UnixHttpClient(socketOption.get());
    }
    var told = environment("SANDJAR_SOCKET");
    return new UnixHttpClient(told.isPresent() ? pathOf(told.get()) : DEFAULT_SOCKET);
  }

  private static Path pathOf(String socket) {
    var scheme = "unix://";
    return Path.of(socket.startsWith(scheme) ? socket.substring(scheme.length()) : socket);
  }

  /** Sends a request and returns the JSON object of its answer, if that is a success. */
  public Map<String, Object> askJson(HttpRequest request) throws IOException {
    try (var response = ask(request)) {
      return JsonReader.object(response.body());
    }
  }

  /** Sends a request and returns its answer, if that is a success; the caller closes it. */
  public HttpResponse ask(HttpRequest request) throws IOException {
    long started = System.nanoTime();
    var response = daemon().send(request);
    if (verbose) {
      long millis = (System.nanoTime() - started) / 1_000_000;
      err.println(
          request.method()
              + " "
              + request.target()
              + ": "
              + response.status()
              + " in "
              + millis
              + " ms");
      err.flush();
    }
    if (response.isSuccess() || response.isUpgraded()) {
      return response;
    }
    try (response) {
      throw ServerException.of(response);
    }
  }
}

package io.sandjar.cli;

import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.http.HttpResponse;
import io.sandjar.cli.http.UnixHttpClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What a command has around it: its streams, its environment, and the daemon. */
public final class Context {
  private static final Path DEFAULT_SOCKET = Path.of("/run/sandjar/api.sock");

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private Optional<Path> socketOption = Optional.empty();

  public Context(
      InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.environment = environment;
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
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  void socketOption(Path socket) {
    socketOption = Optional.of(socket);
  }

  /** The daemon: that of --socket, of SANDJAR_SOCKET, or the machine's own. */
  public UnixHttpClient daemon() {
    return new UnixHttpClient(
        socketOption
            .or(() -> environment("SANDJAR_SOCKET").map(Context::pathOf))
            .orElse(DEFAULT_SOCKET));
  }

  private static Path pathOf(String socket) {
    return Path.of(socket.replaceFirst("^unix://", ""));
  }

  /** Sends a request and returns its answer, if that is a success; the caller closes it. */
  public HttpResponse ask(HttpRequest request) throws IOException {
    var response = daemon().send(request);
    if (response.isSuccess() || response.isUpgraded()) {
      return response;
    }
    try (response) {
      throw ServerException.of(response);
    }
  }
}

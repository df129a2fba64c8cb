package io.sandjar.runtime.stream;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Serves exec and attach on an HTTP connection, by SPDY or WebSocket, whichever the client asks
 * for. The last handler of the connection's pipeline must be its HttpServerCodec, the request must
 * have been read to its end, and the calls are made on the connection's event loop.
 */
public final class RemoteCommandUpgrade {

  /** Offered inside a WebSocket; the base64 ones are for clients that only know text messages. */
  private static final Map<String, RemoteCommandProtocol> WEBSOCKET =
      Map.of(
          "", RemoteCommandProtocol.V1,
          "channel.k8s.io", RemoteCommandProtocol.V1,
          "base64.channel.k8s.io", RemoteCommandProtocol.V1,
          "v4.channel.k8s.io", RemoteCommandProtocol.V4,
          "v4.base64.channel.k8s.io", RemoteCommandProtocol.V4,
          "v5.channel.k8s.io", RemoteCommandProtocol.V5);

  private static final String BASE64 = "base64";

  private final StreamLimits limits;
  private final Leavers leavers;

  public RemoteCommandUpgrade(StreamLimits limits) {
    this.limits = limits;
    this.leavers = new Leavers(limits.idleTimeout());
  }

  /** Runs a command; the client is told its exit code. */
  public void exec(
      Channel channel, HttpRequest request, StdioOptions options, SessionOpener opener) {
    upgrade(new HttpUpgrade(channel, request, limits), channel, options, opener);
  }

  /**
   * Joins a container's main process; that it ends is no failure of the attach, whatever its code.
   */
  public void attach(
      Channel channel, HttpRequest request, StdioOptions options, SessionOpener opener) {
    SessionOpener silent = () -> opener.open().thenApply(WithoutExitCode::new);
    upgrade(new HttpUpgrade(channel, request, limits), channel, options, silent);
  }

  private void upgrade(
      HttpUpgrade upgrade, Channel channel, StdioOptions options, SessionOpener opener) {
    // Who has left takes no answers, but what he sent before may be there to be read yet.
    if (options.stdin() && !options.terminal()) {
      channel.config().setAutoClose(false);
      channel.pipeline().addFirst(new DeafClient());
    }
    if (upgrade.asksForWebSocket()) {
      webSocket(upgrade, channel, options, opener);
    } else if (upgrade.asksForSpdy()) {
      spdy(upgrade, channel, options, opener);
    } else {
      upgrade.refuseNoUpgrade();
    }
  }

  private void webSocket(
      HttpUpgrade upgrade, Channel channel, StdioOptions options, SessionOpener opener) {
    var offered = upgrade.subprotocols();
    var chosen =
        offered.isEmpty()
            ? Optional.of("")
            : offered.stream().filter(WEBSOCKET::containsKey).findFirst();
    if (chosen.isEmpty()) {
      upgrade.refuseVersions(offered, WEBSOCKET.keySet().stream().sorted().toList());
      return;
    }
    var command =
        new WebSocketRemoteCommand(
            channel.eventLoop(),
            options,
            WEBSOCKET.get(chosen.get()),
            chosen.get().contains(BASE64),
            opener,
            leavers);
    upgrade.toWebSocket(chosen.get(), command::start, command.channels());
  }

  private void spdy(
      HttpUpgrade upgrade, Channel channel, StdioOptions options, SessionOpener opener) {
    var offered = upgrade.spdyVersions();
    var chosen =
        offered.isEmpty()
            ? Optional.of(RemoteCommandProtocol.V1)
            : offered.stream()
                .flatMap(name -> RemoteCommandProtocol.named(name).stream())
                .filter(RemoteCommandProtocol.SPDY::contains)
                .findFirst();
    if (chosen.isEmpty()) {
      upgrade.refuseVersions(
          offered,
          RemoteCommandProtocol.SPDY.stream().map(RemoteCommandProtocol::wireName).toList());
      return;
    }
    var command =
        new SpdyRemoteCommand(channel.eventLoop(), options, chosen.get(), opener, limits, leavers);
    // A client that offers nothing expects nothing in the answer.
    upgrade.toSpdy(offered.isEmpty() ? "" : chosen.get().wireName(), command.connection());
  }

  /** A session whose end is a success. */
  private record WithoutExitCode(StdioSession session) implements StdioSession {
    @Override
    public Optional<ByteSink> stdin() {
      return session.stdin();
    }

    @Override
    public Optional<ByteSource> stdout() {
      return session.stdout();
    }

    @Override
    public Optional<ByteSource> stderr() {
      return session.stderr();
    }

    @Override
    public void resize(TerminalSize size) {
      session.resize(size);
    }

    @Override
    public CompletableFuture<Integer> exitStatus() {
      return session.exitStatus().thenApply(code -> 0);
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /** What the versions are called, for tests that ask for each. */
  static List<String> webSocketProtocols() {
    return WEBSOCKET.keySet().stream().filter(name -> !name.isEmpty()).sorted().toList();
  }
}

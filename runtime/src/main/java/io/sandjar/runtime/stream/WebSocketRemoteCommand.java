package io.sandjar.runtime.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/** A remote command whose channels are those of one WebSocket. */
final class WebSocketRemoteCommand implements ClientStreams {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private final StdioOptions options;
  private final SessionOpener opener;
  private final RemoteCommand command;
  private final WebSocketChannels channels;

  WebSocketRemoteCommand(
      EventLoop loop,
      StdioOptions options,
      RemoteCommandProtocol protocol,
      boolean base64,
      SessionOpener opener,
      Leavers leavers) {
    this.options = options;
    this.opener = opener;
    this.command = new RemoteCommand(loop, options, protocol, this, leavers);
    this.channels =
        new WebSocketChannels(base64, protocol == RemoteCommandProtocol.V5, command::clientGone);
    if (options.terminal()) {
      channels.source(RESIZE);
    }
    if (options.stdin()) {
      stdin();
    }
  }

  WebSocketChannels channels() {
    return channels;
  }

  /** To be called when the handshake is done. */
  void start() {
    // As the kubelet does: an empty message on each channel tells the client that the server is
    // ready, and clients that wait for one are not left waiting until the command prints something.
    if (options.stdout()) {
      stdout().write(Unpooled.EMPTY_BUFFER);
    }
    if (options.stderr()) {
      stderr().write(Unpooled.EMPTY_BUFFER);
    }
    error().write(Unpooled.EMPTY_BUFFER);
    command.start(opener);
  }

  @Override
  public ByteSource stdin() {
    if (!options.stdin()) {
      return NoStream.SOURCE;
    }
    return options.terminal() ? channels.source(STDIN) : channels.lastingSource(STDIN);
  }

  @Override
  public ByteSource resize() {
    return channels.source(RESIZE);
  }

  @Override
  public ByteSink stdout() {
    return channels.sink(STDOUT);
  }

  @Override
  public ByteSink stderr() {
    return channels.sink(STDERR);
  }

  @Override
  public ByteSink error() {
    return channels.sink(ERROR);
  }

  @Override
  public void finish() {
    channels.finish(WebSocketCloseStatus.NORMAL_CLOSURE);
  }
}

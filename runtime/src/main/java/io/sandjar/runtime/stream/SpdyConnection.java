package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import io.netty.util.ReferenceCountUtil;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The server's side of a SPDY/3.1 connection as Kubernetes clients use it, above Netty's frame
 * codec.
 *
 * <p>Netty's own session handler is not used, because Go's spdystream knows no flow control: it
 * sends without asking and never opens a window, so a server that kept to the windows would stop
 * after 64 KiB. Here a peer's windows count only once it has shown that it manages them; the others
 * are slowed down by TCP: while one stream's bytes find no taker, the connection is not read.
 */
final class SpdyConnection extends ChannelInboundHandlerAdapter {

  /** Who uses the streams. Called on the event loop. */
  interface Listener {
    /** A client wants a stream: false refuses it. */
    boolean opened(SpdyStream stream);

    /** The connection is gone, and with it every stream. */
    void closed();
  }

  private static final Logger LOG = System.getLogger(SpdyConnection.class.getName());
  private static final int SESSION = 0;

  /** What one stream may have waiting for its reader, and what many of them share. */
  private static final int MOST_OF_STREAM = 256 * 1024;

  private static final int MOST = 1024 * 1024;
  private static final int LEAST_OF_STREAM = 16 * 1024;

  private final Listener listener;
  private final int maxStreams;
  private final Map<Integer, SpdyStream> streams = new HashMap<>();
  private final SendWindow sendWindow = new SendWindow(SendWindow.DEFAULT);
  private ChannelHandlerContext context;
  private Brake brake;
  private Answers answers;
  private int lastStreamId;

  /** Bytes received since the connection's window was opened last. */
  private int taken;

  private int initialSendWindow = SendWindow.DEFAULT;
  private boolean peerManagesWindows;

  /** The last frame is on its way: whatever comes now is dropped. */
  private boolean finishing;

  /**
   * @param maxStreams open at one time; further ones are refused
   */
  SpdyConnection(Listener listener, int maxStreams) {
    this.listener = listener;
    this.maxStreams = maxStreams;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    brake = Brake.of(ctx.channel());
    answers = new Answers(ctx);
  }

  ChannelHandlerContext context() {
    return context;
  }

  /**
   * How many of these bytes may be sent now on a stream with this window; they count as sent. A
   * peer that opens it bit by bit, and takes none of the frames, gets no more of them.
   */
  int takeWindow(SendWindow stream, int bytes) {
    int allowed =
        peerManagesWindows ? Math.min(stream.allows(bytes), sendWindow.allows(bytes)) : bytes;
    if (allowed < bytes && !context.channel().isWritable()) {
      return 0;
    }
    stream.sent(allowed);
    sendWindow.sent(allowed);
    return allowed;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof SpdyHeadersFrame headers && headers.isTruncated()) {
        // No client means that, and each such block costs as much as thousands of others.
        brake.hold();
        finish(SpdySessionStatus.PROTOCOL_ERROR);
      } else if (finishing) {
        return;
      } else if (message instanceof SpdyDataFrame data) {
        data(data);
      } else if (message instanceof SpdySynStreamFrame syn) {
        synStream(syn);
      } else if (message instanceof SpdyRstStreamFrame reset) {
        var stream = streams.get(reset.streamId());
        if (stream != null) {
          stream.resetByPeer();
        }
      } else if (message instanceof SpdyPingFrame ping) {
        // Odd ids are the client's; an even one would be the answer to a ping of ours.
        if ((ping.id() & 1) == 1) {
          answers.send(ReferenceCountUtil.retain(ping));
        }
      } else if (message instanceof SpdySettingsFrame settings) {
        settings(settings);
      } else if (message instanceof SpdyWindowUpdateFrame update) {
        windowUpdate(update);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void synStream(SpdySynStreamFrame syn) {
    int id = syn.streamId();
    if (syn.isInvalid() || (id & 1) == 0 || id <= lastStreamId) {
      reset(id, SpdyStreamStatus.PROTOCOL_ERROR);
      return;
    }
    lastStreamId = id;
    if (streams.size() >= maxStreams) {
      reset(id, SpdyStreamStatus.REFUSED_STREAM);
      return;
    }
    int room = Math.min(MOST_OF_STREAM, Math.max(LEAST_OF_STREAM, MOST / (streams.size() + 1)));
    var stream = new SpdyStream(this, id, syn.headers(), initialSendWindow, room);
    streams.put(id, stream);
    if (!listener.opened(stream)) {
      streams.remove(id);
      reset(id, SpdyStreamStatus.REFUSED_STREAM);
      return;
    }
    // Netty leaves an empty header block out of the frame, and Go's decoder waits for it forever.
    var reply = new DefaultSpdySynReplyFrame(id);
    reply.headers().set("server", "sandjar");
    answers.send(reply);
    if (syn.isLast()) {
      stream.endedByPeer();
    }
  }

  private void data(SpdyDataFrame data) {
    int id = data.streamId();
    int length = data.content().readableBytes();
    taken += length;
    if (taken >= SendWindow.DEFAULT / 2) {
      // The connection's window is never what slows a peer down; a stream's is.
      answers.send(new DefaultSpdyWindowUpdateFrame(SESSION, taken));
      taken = 0;
    }
    var stream = streams.get(id);
    if (stream != null) {
      ByteBuf content = data.content().retain();
      stream.received(content);
      if (data.isLast()) {
        stream.endedByPeer();
      }
    } else if (id > lastStreamId) {
      reset(id, SpdyStreamStatus.INVALID_STREAM);
    }
    // What belongs to a stream that is closed already is on its way for a while; it is dropped.
  }

  private void settings(SpdySettingsFrame settings) {
    int id = SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE;
    if (settings.isSet(id)) {
      int size = settings.getValue(id);
      long change = (long) size - initialSendWindow;
      initialSendWindow = size;
      peerManagesWindows = true;
      streams.values().forEach(stream -> stream.sendWindow().open(change));
      writeOn();
    }
  }

  private void windowUpdate(SpdyWindowUpdateFrame update) {
    peerManagesWindows = true;
    if (update.streamId() == SESSION) {
      sendWindow.open(update.deltaWindowSize());
      writeOn();
      return;
    }
    var stream = streams.get(update.streamId());
    if (stream != null) {
      stream.sendWindow().open(update.deltaWindowSize());
      stream.writeOn();
    }
  }

  private void writeOn() {
    List.copyOf(streams.values()).forEach(SpdyStream::writeOn);
  }

  /** A stream's bytes were taken: its peer may send as many again. */
  void openWindow(int id, int bytes) {
    if (streams.containsKey(id)) {
      answers.send(new DefaultSpdyWindowUpdateFrame(id, bytes));
    }
  }

  /** Bytes of one more stream find no taker for the moment. */
  void streamFull() {
    brake.hold();
  }

  void streamHasRoom() {
    brake.release();
  }

  void forget(int id) {
    streams.remove(id);
  }

  void reset(int id, SpdyStreamStatus status) {
    answers.send(new DefaultSpdyRstStreamFrame(id, status));
  }

  /** Ends the connection when all that was written has arrived. */
  void finish() {
    finish(SpdySessionStatus.OK);
  }

  private void finish(SpdySessionStatus status) {
    if (!finishing) {
      finishing = true;
      GracefulClose.after(context.channel(), new DefaultSpdyGoAwayFrame(lastStreamId, status));
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      writeOn();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    List.copyOf(streams.values()).forEach(SpdyStream::connectionLost);
    streams.clear();
    listener.closed();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.log(Level.DEBUG, "a SPDY connection broke", cause);
    ctx.close();
  }
}

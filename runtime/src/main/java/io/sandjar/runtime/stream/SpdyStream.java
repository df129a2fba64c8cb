package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** One stream of a SPDY connection. Everything but the two ends' reading runs on the event loop. */
final class SpdyStream {
  private final SpdyConnection connection;
  private final int id;
  private final SpdyHeaders headers;
  private final SendWindow sendWindow;
  private final ByteQueue received;
  private final Outgoing outgoing = new Outgoing();
  private ByteBuf waiting;
  private CompletableFuture<Void> waitingAnswer;
  private boolean full;
  private boolean endedByPeer;
  private boolean ended;
  private boolean gone;
  private boolean lasting;
  private Runnable whenLeft = () -> {};

  /**
   * @param room how much may wait for whoever reads the stream
   */
  SpdyStream(
      SpdyConnection connection, int id, SpdyHeaders headers, int initialSendWindow, int room) {
    this.connection = connection;
    this.id = id;
    this.headers = headers;
    this.sendWindow = new SendWindow(initialSendWindow);
    this.received = new ByteQueue(room, () -> onLoop(this::hasRoom));
  }

  int id() {
    return id;
  }

  /** A header of the frame that opened the stream, or null. */
  String header(String name) {
    return headers.getAsString(name);
  }

  SendWindow sendWindow() {
    return sendWindow;
  }

  /** What the client sends. */
  ByteSource source() {
    return new Incoming();
  }

  /** What the client receives. Closing it is a half-close. */
  ByteSink sink() {
    return outgoing;
  }

  /**
   * What has come stays there to be read when the client's connection is lost; whoever says so
   * closes the source.
   */
  void outlastClient() {
    lasting = true;
  }

  /** Told when the client resets the stream or is gone, in whatever state the stream is. */
  void whenLeft(Runnable task) {
    whenLeft = task;
  }

  void received(ByteBuf bytes) {
    if (!received.offer(bytes) && !full) {
      full = true;
      connection.streamFull();
    }
  }

  private void hasRoom() {
    if (full) {
      full = false;
      connection.streamHasRoom();
    }
  }

  void endedByPeer() {
    endedByPeer = true;
    received.end();
    forgetIfDone();
  }

  void resetByPeer() {
    received.close();
    leave(new IOException("the client reset the stream"));
  }

  void connectionLost() {
    if (lasting) {
      received.end();
    } else {
      received.close();
    }
    leave(new IOException("the client's connection is closed"));
  }

  private void leave(IOException why) {
    if (gone) {
      return;
    }
    gone = true;
    ended = true;
    hasRoom();
    connection.forget(id);
    if (waiting != null) {
      waiting.release();
      waiting = null;
      waitingAnswer.completeExceptionally(why);
    }
    whenLeft.run();
  }

  /** Ends both directions at once; what is not sent yet is dropped. */
  void reset() {
    onLoop(
        () -> {
          if (!gone) {
            connection.reset(id, SpdyStreamStatus.CANCEL);
            received.close();
            leave(new IOException("the stream was reset"));
          }
        });
  }

  private void forgetIfDone() {
    if (ended && endedByPeer && waiting == null && !gone) {
      gone = true;
      connection.forget(id);
    }
  }

  /** The peer's window has opened: what waits for it goes on. */
  void writeOn() {
    if (waiting == null) {
      return;
    }
    int allowed = connection.takeWindow(sendWindow, waiting.readableBytes());
    if (allowed == 0) {
      return;
    }
    var context = connection.context();
    if (allowed < waiting.readableBytes()) {
      context.writeAndFlush(new DefaultSpdyDataFrame(id, waiting.readRetainedSlice(allowed)));
      return;
    }
    var last = waiting;
    var answer = waitingAnswer;
    // A write may tell of room for more before it returns.
    waiting = null;
    waitingAnswer = null;
    var written = context.writeAndFlush(new DefaultSpdyDataFrame(id, last));
    written.addListener(
        done -> {
          if (done.isSuccess()) {
            answer.complete(null);
          } else {
            answer.completeExceptionally(done.cause());
          }
        });
    if (ended) {
      sendEnd();
    }
  }

  private void sendEnd() {
    var end = new DefaultSpdyDataFrame(id, Unpooled.EMPTY_BUFFER);
    end.setLast(true);
    connection.context().writeAndFlush(end);
    forgetIfDone();
  }

  private void onLoop(Runnable task) {
    var loop = connection.context().channel().eventLoop();
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  /** The queue, with the peer's window opened as far as bytes are taken from it. */
  private final class Incoming implements ByteSource {
    private int taken;

    @Override
    public CompletableFuture<ByteBuf> read() {
      return received
          .read()
          .thenApply(
              chunk -> {
                if (chunk != END) {
                  taken += chunk.readableBytes();
                  if (taken >= SendWindow.DEFAULT / 2) {
                    int opened = taken;
                    taken = 0;
                    onLoop(() -> connection.openWindow(id, opened));
                  }
                }
                return chunk;
              });
    }

    @Override
    public void close() {
      received.close();
    }
  }

  private final class Outgoing implements ByteSink {
    @Override
    public CompletableFuture<Void> write(ByteBuf chunk) {
      var answer = new CompletableFuture<Void>();
      onLoop(
          () -> {
            if (gone || ended) {
              chunk.release();
              answer.completeExceptionally(new IOException("the stream to the client is closed"));
            } else {
              waiting = chunk;
              waitingAnswer = answer;
              writeOn();
            }
          });
      return answer;
    }

    @Override
    public void close() {
      onLoop(
          () -> {
            if (!ended) {
              ended = true;
              if (waiting == null) {
                sendEnd();
              }
            }
          });
    }
  }
}

package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;

/**
 * Netty's frames of SPDY, with a bound for what a header block costs: Netty keeps only as much of
 * one as it may, but inflates all of it, and of 16 MiB, as a frame may hold, come 16 GiB.
 */
final class BoundedSpdyCodec extends SpdyFrameCodec {
  private static final int MAX_CHUNK = 64 * 1024;
  private static final int MAX_HEADERS = 16 * 1024;
  private static final int ZLIB_LEVEL = 6;
  private static final int ZLIB_WINDOW_BITS = 15;
  private static final int ZLIB_MEMORY_LEVEL = 8;

  private Channel channel;

  /** Of the block that is being read. */
  private int compressed;

  BoundedSpdyCodec() {
    super(
        SpdyVersion.SPDY_3_1,
        MAX_CHUNK,
        MAX_HEADERS,
        ZLIB_LEVEL,
        ZLIB_WINDOW_BITS,
        ZLIB_MEMORY_LEVEL);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    channel = ctx.channel();
    super.handlerAdded(ctx);
  }

  @Override
  public void readHeaderBlock(ByteBuf block) {
    if (!channel.isOpen()) {
      // What else came with what closed it: Netty has given back what it inflates with.
      block.release();
      return;
    }
    compressed += block.readableBytes();
    if (compressed <= MAX_HEADERS) {
      super.readHeaderBlock(block);
    } else {
      block.release();
      readFrameError("a header block is larger than " + MAX_HEADERS);
    }
  }

  @Override
  public void readHeaderBlockEnd() {
    compressed = 0;
    super.readHeaderBlockEnd();
  }
}

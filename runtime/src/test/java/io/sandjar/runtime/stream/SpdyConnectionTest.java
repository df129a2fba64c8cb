package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/** What a client may do with its connection, frame by frame. */
class SpdyConnectionTest {
  private static final int SYN_STREAM = 1;
  private static final int SYN_REPLY = 2;
  private static final int HEADERS = 8;
  private static final int SYN_STREAM_WITHOUT_HEADERS = 10;

  private final List<SpdyStream> opened = new ArrayList<>();
  private final SpdyConnection connection = connection();

  private SpdyConnection connection() {
    return new SpdyConnection(
        new SpdyConnection.Listener() {
          @Override
          public boolean opened(SpdyStream stream) {
            return opened.add(stream);
          }

          @Override
          public void closed() {}
        },
        1000);
  }

  @Test
  void windowsThatSettingsOpenAreUsed() {
    var channel = new EmbeddedChannel(connection);
    channel.writeInbound(window(10), new DefaultSpdySynStreamFrame(1, 0, (byte) 0));
    var written = opened.get(0).sink().write(Unpooled.wrappedBuffer(new byte[30]));
    assertEquals(10, sent(channel));
    channel.writeInbound(window(25));
    assertEquals(15, sent(channel));
    assertFalse(written.isDone());
    channel.writeInbound(window(100));
    assertEquals(5, sent(channel));
    assertTrue(written.isDone());
  }

  @Test
  void aWindowThatIsOpenedBitByBitByWhoTakesNothingFillsNoMemory() {
    var channel = new EmbeddedChannel(connection);
    channel.writeInbound(window(0), new DefaultSpdySynStreamFrame(1, 0, (byte) 0));
    opened.get(0).sink().write(Unpooled.wrappedBuffer(new byte[30]));
    channel.releaseOutbound();
    writable(channel, false);
    for (int i = 0; i < 10; i++) {
      channel.writeInbound(new DefaultSpdyWindowUpdateFrame(1, 1));
    }
    assertEquals(List.of(), List.copyOf(channel.outboundMessages()));
    writable(channel, true);
    assertEquals(1, channel.outboundMessages().size());
    assertEquals(10, sent(channel));
    channel.close();
  }

  /** Whether the client takes what is sent to it. */
  private static void writable(EmbeddedChannel channel, boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  @Test
  void aWindowBelowNothingIsNoneAndMayBeOpenedAgain() {
    var channel = new EmbeddedChannel(connection);
    channel.writeInbound(window(Integer.MIN_VALUE), new DefaultSpdySynStreamFrame(1, 0, (byte) 0));
    opened.get(0).sink().write(Unpooled.wrappedBuffer(new byte[30]));
    assertEquals(0, sent(channel));
    channel.writeInbound(window(30));
    assertEquals(30, sent(channel));
  }

  private static SpdySettingsFrame window(int size) {
    return new DefaultSpdySettingsFrame()
        .setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, size);
  }

  /** How many bytes of data went to the client. */
  private static int sent(EmbeddedChannel channel) {
    int bytes = 0;
    for (Object frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      bytes += frame instanceof SpdyDataFrame data ? data.content().readableBytes() : 0;
      ReferenceCountUtil.release(frame);
    }
    return bytes;
  }

  @Test
  void manyStreamsTogetherKeepNoMoreThanAFewDo() {
    var channel = new EmbeddedChannel(connection);
    int taken = 0;
    for (int id = 1; channel.config().isAutoRead() && id < 2000; id += 2) {
      channel.writeInbound(new DefaultSpdySynStreamFrame(id, 0, (byte) 0));
      for (int i = 0; i < 200 && channel.config().isAutoRead(); i++) {
        channel.writeInbound(new DefaultSpdyDataFrame(id, Unpooled.buffer(1024).writeZero(1024)));
        taken += 1024;
      }
    }
    assertFalse(channel.config().isAutoRead());
    assertTrue(taken < 3_000_000, taken + " bytes are kept");
    channel.close();
  }

  @Test
  void eachOfManyStreamsMaySendALittle() {
    var channel = new EmbeddedChannel(connection);
    for (int id = 1; id < 2000; id += 2) {
      channel.writeInbound(new DefaultSpdySynStreamFrame(id, 0, (byte) 0));
      channel.writeInbound(new DefaultSpdyDataFrame(id, Unpooled.buffer(15_000).writeZero(15_000)));
    }
    assertEquals(1000, opened.size());
    assertTrue(channel.config().isAutoRead());
    channel.close();
  }

  @Test
  void theConnectionIsOpenUntilItsLastFrameIsWritten() {
    var underWay = new ArrayList<ChannelPromise>();
    var channel = new EmbeddedChannel(slow(underWay), new BoundedSpdyCodec(), connection);
    connection.finish();
    assertEquals(1, underWay.size());
    assertTrue(channel.isOpen(), "the client has not been told yet");
    underWay.get(0).setSuccess();
    assertFalse(channel.isOpen());
  }

  /** A client that takes nothing. */
  private static ChannelOutboundHandlerAdapter slow(List<ChannelPromise> underWay) {
    return new ChannelOutboundHandlerAdapter() {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ReferenceCountUtil.release(message);
        underWay.add(promise);
      }
    };
  }

  @Test
  void headersThatAreTooLongEndTheConnectionWhateverTheyAreInflatedTo() throws IOException {
    for (int size : new int[] {20_000, 1_000_000, 100_000_000}) {
      for (int type : new int[] {SYN_STREAM, SYN_REPLY, HEADERS}) {
        var channel = new EmbeddedChannel(new BoundedSpdyCodec(), connection());
        channel.writeInbound(frame(type, 1, deflated(size)));
        assertFalse(channel.isOpen(), size + " bytes of headers were taken, of type " + type);
        channel.releaseOutbound();
        assertEquals(List.of(), opened);
      }
    }
  }

  @Test
  void aClientThatDoesNotTakeItsLastFrameIsNotListenedTo() {
    var underWay = new ArrayList<ChannelPromise>();
    var channel = new EmbeddedChannel(slow(underWay), connection);
    for (int id = 1; id < 20; id += 2) {
      channel.writeInbound(
          new DefaultSpdySynStreamFrame(id, 0, (byte) 0).setTruncated(),
          new DefaultSpdyPingFrame(id));
      assertFalse(channel.config().isAutoRead());
    }
    connection.finish();
    assertEquals(1, underWay.size());
    assertEquals(List.of(), opened);
    underWay.get(0).setSuccess();
    assertFalse(channel.isOpen());
  }

  @Test
  void whatComesWithWhatClosesTheConnectionIsGivenBack() throws IOException {
    var allocator = new UnpooledByteBufAllocator(false);
    var channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(new BoundedSpdyCodec(), connection);
    byte[] garbage = new byte[20];
    // What is inflated goes where the frames lie.
    ByteBuf frames = allocator.heapBuffer();
    frames.writeBytes(synStream(1, garbage)).writeBytes(synStream(3, deflated(100)));
    // Cut: the end of a block gives back whatever it was inflated to.
    channel.writeInbound(frames.writerIndex(frames.writerIndex() - 1));
    assertFalse(channel.isOpen());
    channel.releaseOutbound();
    assertEquals(0, allocator.metric().usedHeapMemory());
  }

  private static ByteBuf synStream(int id, byte[] block) {
    return frame(SYN_STREAM, id, block);
  }

  private static ByteBuf frame(int type, int id, byte[] block) {
    int fixed = type == SYN_STREAM ? SYN_STREAM_WITHOUT_HEADERS : Integer.BYTES;
    return Unpooled.buffer()
        .writeShort(0x8003)
        .writeShort(type)
        .writeInt(fixed + block.length)
        .writeInt(id)
        .writeZero(fixed - Integer.BYTES)
        .writeBytes(block);
  }

  /** A header block of one header that is so long. */
  private static byte[] deflated(int size) throws IOException {
    var deflater = new Deflater();
    try (InputStream dictionary =
        SpdyConnectionTest.class.getResourceAsStream("spdy-3.1-dictionary")) {
      deflater.setDictionary(dictionary.readAllBytes());
      byte[] value = new byte[size];
      byte[] head =
          Unpooled.buffer(13).writeInt(1).writeInt(1).writeByte('x').writeInt(size).array();
      Arrays.fill(value, (byte) 'x');
      var out = new ByteArrayOutputStream();
      for (byte[] part : List.of(head, value)) {
        deflater.setInput(part);
        byte[] buffer = new byte[size + 1000];
        out.write(buffer, 0, deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }
}

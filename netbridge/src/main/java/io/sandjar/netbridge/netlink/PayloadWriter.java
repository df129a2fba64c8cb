package io.sandjar.netbridge.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Writes what follows a netlink header: a family's fixed struct first, then attributes, nested as
 * deep as need be. Integers are in host byte order unless a method says otherwise.
 */
public final class PayloadWriter {
  private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  public PayloadWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  public PayloadWriter u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  public PayloadWriter u32(long value) {
    room(4).putInt((int) value);
    return this;
  }

  public PayloadWriter u64(long value) {
    room(8).putLong(value);
    return this;
  }

  /** Sixteen bits in network byte order. */
  public PayloadWriter u16be(int value) {
    return u8(value >>> 8).u8(value);
  }

  /** Thirty-two bits in network byte order. */
  public PayloadWriter u32be(long value) {
    return u16be((int) (value >>> 16)).u16be((int) value);
  }

  public PayloadWriter bytes(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /** Zero bytes, as padding or an empty struct. */
  public PayloadWriter zeros(int count) {
    return bytes(new byte[count]);
  }

  /** An attribute without content: its presence is the message. */
  public PayloadWriter attribute(int type) {
    return attribute(type, new byte[0]);
  }

  public PayloadWriter attribute(int type, byte[] value) {
    u16(Netlink.NLA_HDRLEN + value.length).u16(type).bytes(value);
    return pad();
  }

  public PayloadWriter attributeU8(int type, int value) {
    return attribute(type, new byte[] {(byte) value});
  }

  public PayloadWriter attributeU16(int type, int value) {
    u16(Netlink.NLA_HDRLEN + 2).u16(type).u16(value);
    return pad();
  }

  public PayloadWriter attributeU32(int type, long value) {
    return u16(Netlink.NLA_HDRLEN + 4).u16(type).u32(value);
  }

  public PayloadWriter attributeU64(int type, long value) {
    return u16(Netlink.NLA_HDRLEN + 8).u16(type).u64(value);
  }

  public PayloadWriter attributeU16be(int type, int value) {
    u16(Netlink.NLA_HDRLEN + 2).u16(type).u16be(value);
    return pad();
  }

  public PayloadWriter attributeU32be(int type, long value) {
    return u16(Netlink.NLA_HDRLEN + 4).u16(type).u32be(value);
  }

  public PayloadWriter attributeU64be(int type, long value) {
    return u16(Netlink.NLA_HDRLEN + 8).u16(type).u32be(value >>> 32).u32be(value);
  }

  /** A string with its terminating zero. */
  public PayloadWriter attributeString(int type, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    return attribute(type, Arrays.copyOf(text, text.length + 1));
  }

  /** A string without a terminating zero, as {@code ip} sends a link's kind. */
  public PayloadWriter attributeText(int type, String value) {
    return attribute(type, value.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * An attribute whose content is what {@code content} writes: attributes, or a struct and then
   * attributes. The type is sent as given; add {@link Netlink#NLA_F_NESTED} where the family wants
   * it.
   */
  public PayloadWriter nested(int type, Consumer<PayloadWriter> content) {
    int start = buffer.position();
    u16(0).u16(type);
    content.accept(this);
    buffer.putShort(start, (short) (buffer.position() - start));
    return pad();
  }

  public int length() {
    return buffer.position();
  }

  public byte[] toBytes() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private PayloadWriter pad() {
    int missing = Netlink.align(buffer.position()) - buffer.position();
    room(missing);
    for (int i = 0; i < missing; i++) {
      buffer.put((byte) 0);
    }
    return this;
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int size = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
      buffer =
          ByteBuffer.wrap(Arrays.copyOf(buffer.array(), size))
              .order(ByteOrder.nativeOrder())
              .position(buffer.position());
    }
    return buffer;
  }
}

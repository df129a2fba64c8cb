package io.sandjar.netbridge.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The attributes of a message or of another attribute, by type. Where a type occurs more than once
 * (a list), the getters answer with the last one and {@link #all} with each.
 */
public final class Attributes {
  private record Attribute(int type, ByteBuffer value) {}

  private final List<Attribute> inOrder = new ArrayList<>();
  private final Map<Integer, ByteBuffer> byType = new LinkedHashMap<>();

  private Attributes() {}

  /** Parses what remains of {@code bytes}; a cut-off last attribute is left out. */
  public static Attributes parse(ByteBuffer bytes) {
    Attributes parsed = new Attributes();
    ByteBuffer rest = bytes.slice().order(ByteOrder.nativeOrder());
    while (rest.remaining() >= Netlink.NLA_HDRLEN) {
      int start = rest.position();
      int length = Short.toUnsignedInt(rest.getShort(start));
      int type = Short.toUnsignedInt(rest.getShort(start + 2)) & Netlink.NLA_TYPE_MASK;
      if (length < Netlink.NLA_HDRLEN || length > rest.remaining()) {
        break;
      }
      ByteBuffer value =
          rest.slice(start + Netlink.NLA_HDRLEN, length - Netlink.NLA_HDRLEN)
              .order(ByteOrder.nativeOrder());
      parsed.inOrder.add(new Attribute(type, value));
      parsed.byType.put(type, value);
      rest.position(Math.min(rest.limit(), start + Netlink.align(length)));
    }
    return parsed;
  }

  public boolean has(int type) {
    return byType.containsKey(type);
  }

  public Optional<ByteBuffer> bytes(int type) {
    ByteBuffer value = byType.get(type);
    return value == null
        ? Optional.empty()
        : Optional.of(value.duplicate().order(ByteOrder.nativeOrder()));
  }

  public Optional<byte[]> byteArray(int type) {
    return bytes(type).map(Attributes::copy);
  }

  /** The attribute's own attributes; empty ones where it is missing. */
  public Attributes nested(int type) {
    return bytes(type).map(Attributes::parse).orElseGet(Attributes::new);
  }

  /** Each attribute of this type, parsed as attributes, in the order sent. */
  public List<Attributes> all(int type) {
    return inOrder.stream().filter(a -> a.type == type).map(a -> parse(a.value)).toList();
  }

  public OptionalInt u8(int type) {
    ByteBuffer value = sized(type, 1);
    return value == null
        ? OptionalInt.empty()
        : OptionalInt.of(Byte.toUnsignedInt(value.get(value.position())));
  }

  public OptionalInt u16(int type) {
    ByteBuffer value = sized(type, 2);
    return value == null
        ? OptionalInt.empty()
        : OptionalInt.of(Short.toUnsignedInt(value.getShort(value.position())));
  }

  public OptionalInt u32(int type) {
    ByteBuffer value = sized(type, 4);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value.getInt(value.position()));
  }

  public OptionalInt u16be(int type) {
    OptionalInt value = u16(type);
    return value.isEmpty() || ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
        ? value
        : OptionalInt.of(Short.toUnsignedInt(Short.reverseBytes((short) value.getAsInt())));
  }

  public OptionalInt u32be(int type) {
    OptionalInt value = u32(type);
    return value.isEmpty() || ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
        ? value
        : OptionalInt.of(Integer.reverseBytes(value.getAsInt()));
  }

  /** Sixty-four bits in host byte order, or {@code absent}. */
  public long u64(int type, long absent) {
    ByteBuffer value = sized(type, 8);
    return value == null ? absent : value.getLong(value.position());
  }

  /** Sixty-four bits in network byte order, or {@code absent}. */
  public long u64be(int type, long absent) {
    ByteBuffer value = sized(type, 8);
    return value == null
        ? absent
        : value.duplicate().order(ByteOrder.BIG_ENDIAN).getLong(value.position());
  }

  /** The text up to its terminating zero, if it has one. */
  public Optional<String> string(int type) {
    return byteArray(type)
        .map(
            text -> {
              int length = 0;
              while (length < text.length && text[length] != 0) {
                length++;
              }
              return new String(text, 0, length, StandardCharsets.UTF_8);
            });
  }

  private ByteBuffer sized(int type, int bytes) {
    ByteBuffer value = byType.get(type);
    return value == null || value.remaining() < bytes ? null : value;
  }

  private static byte[] copy(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    return bytes;
  }
}

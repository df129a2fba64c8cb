package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.netlink.PayloadWriter;
import java.net.InetAddress;
import java.util.List;

/**
 * The type of a set's key or of a map's value: one of nft's types, or several joined ({@code
 * inet_proto . inet_service}).
 */
public record DataType(List<Part> parts) {

  /** Number and length as {@code nft} knows them; the kernel itself only looks at the length. */
  public enum Part {
    IPV4_ADDR(7, 4),
    IPV6_ADDR(8, 16),
    INET_PROTO(12, 1),
    INET_SERVICE(13, 2);

    private final int number;
    private final int length;

    Part(int number, int length) {
      this.number = number;
      this.length = length;
    }
  }

  private static final int BITS_OF_A_PART = 6;
  private static final int REGISTER_BYTES = 4;

  public static DataType of(Part... parts) {
    return new DataType(List.of(parts));
  }

  boolean isConcatenation() {
    return parts.size() > 1;
  }

  int number() {
    int number = 0;
    for (Part part : parts) {
      number = number << BITS_OF_A_PART | part.number;
    }
    return number;
  }

  int length() {
    if (!isConcatenation()) {
      return parts.get(0).length;
    }
    int length = 0;
    for (Part part : parts) {
      length += padded(part.length);
    }
    return length;
  }

  /**
   * A value as it lies in the registers.
   *
   * @param values an {@link InetAddress} for an address, an {@link Integer} for a number
   */
  public byte[] encode(Object... values) {
    if (values.length != parts.size()) {
      throw new IllegalArgumentException(values.length + " values for " + parts);
    }
    PayloadWriter bytes = new PayloadWriter();
    for (int i = 0; i < values.length; i++) {
      Part part = parts.get(i);
      byte[] value = encode(part, values[i]);
      bytes.bytes(value);
      if (isConcatenation()) {
        bytes.zeros(padded(value.length) - value.length);
      }
    }
    return bytes.toBytes();
  }

  private static byte[] encode(Part part, Object value) {
    byte[] bytes;
    if (value instanceof InetAddress address) {
      bytes = address.getAddress();
    } else if (value instanceof Integer number && part == Part.INET_PROTO) {
      bytes = new byte[] {number.byteValue()};
    } else if (value instanceof Integer number && part == Part.INET_SERVICE) {
      bytes = new PayloadWriter().u16be(number).toBytes();
    } else {
      throw new IllegalArgumentException(value + " is no " + part);
    }
    if (bytes.length != part.length) {
      throw new IllegalArgumentException(value + " is no " + part);
    }
    return bytes;
  }

  static int padded(int length) {
    return (length + REGISTER_BYTES - 1) / REGISTER_BYTES * REGISTER_BYTES;
  }
}

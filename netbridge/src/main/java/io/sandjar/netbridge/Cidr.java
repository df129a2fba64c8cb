package io.sandjar.netbridge;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An address with the length of its network's prefix: {@code 10.1.0.0/24}. Equal ones have equal
 * address and length, so {@code 10.1.0.5/24} differs from its {@link #network}.
 */
public record Cidr(InetAddress address, int prefix) {
  // Literals only: InetAddress.getByName would ask the name service for anything else.
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*");

  public Cidr {
    if (prefix < 0 || prefix > IpFamily.of(address).bits()) {
      throw new IllegalArgumentException(
          text(address) + "/" + prefix + " is no network: its prefix is out of range");
    }
  }

  /** Parses {@code address/prefix}, or an address alone as a network of one. */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    if (slash < 0) {
      return new Cidr(address, IpFamily.of(address).bits());
    }
    try {
      return new Cidr(address, Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no network: its prefix is no number", e);
    }
  }

  /** Parses an IP address without ever asking a name service. */
  public static InetAddress address(String text) {
    if (LITERAL.matcher(text).matches()) {
      try {
        return InetAddress.getByName(text);
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException("'" + text + "' is no IP address", e);
      }
    }
    throw new IllegalArgumentException("'" + text + "' is no IP address");
  }

  /**
   * An address as Kubernetes writes it: for IPv6 the short form of RFC 5952, where the JDK writes
   * every zero.
   */
  public static String text(InetAddress address) {
    if (address instanceof Inet4Address) {
      return address.getHostAddress();
    }
    byte[] bytes = address.getAddress();
    int[] groups = new int[bytes.length / 2];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int start = 0;
    int longest = 1;
    for (int i = 0; i < groups.length; i++) {
      int zeros = 0;
      while (i + zeros < groups.length && groups[i + zeros] == 0) {
        zeros++;
      }
      if (zeros > longest) {
        start = i;
        longest = zeros;
      }
    }
    if (longest == 1) {
      return joined(groups, 0, groups.length);
    }
    return joined(groups, 0, start) + "::" + joined(groups, start + longest, groups.length);
  }

  private static String joined(int[] groups, int from, int to) {
    return Arrays.stream(groups, from, to)
        .mapToObj(Integer::toHexString)
        .collect(Collectors.joining(":"));
  }

  public IpFamily family() {
    return IpFamily.of(address);
  }

  /** This network with the host bits of its address cleared. */
  public Cidr network() {
    byte[] bytes = address.getAddress();
    for (int bit = prefix; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >>> (bit % 8));
    }
    return new Cidr(ofBytes(bytes), prefix);
  }

  public boolean contains(InetAddress other) {
    return IpFamily.of(other) == family() && new Cidr(other, prefix).network().equals(network());
  }

  public boolean overlaps(Cidr other) {
    return prefix <= other.prefix ? contains(other.address) : other.contains(address);
  }

  /** The address {@code offset} above the network's own, which must lie inside. */
  public InetAddress at(BigInteger offset) {
    if (offset.signum() < 0 || offset.compareTo(size()) >= 0) {
      throw new IllegalArgumentException(offset + " lies outside " + this);
    }
    BigInteger base = new BigInteger(1, network().address.getAddress());
    byte[] sum = base.add(offset).toByteArray();
    byte[] bytes = new byte[family().bytes()];
    int count = Math.min(sum.length, bytes.length);
    System.arraycopy(sum, sum.length - count, bytes, bytes.length - count, count);
    return ofBytes(bytes);
  }

  public InetAddress at(long offset) {
    return at(BigInteger.valueOf(offset));
  }

  /** How far an address inside lies above the network's own. */
  public BigInteger offsetOf(InetAddress inside) {
    if (!contains(inside)) {
      throw new IllegalArgumentException(text(inside) + " lies outside " + this);
    }
    return new BigInteger(1, inside.getAddress())
        .subtract(new BigInteger(1, network().address.getAddress()));
  }

  /** How many addresses the network has. */
  public BigInteger size() {
    return BigInteger.ONE.shiftLeft(family().bits() - prefix);
  }

  @Override
  public String toString() {
    return text(address) + "/" + prefix;
  }

  private static InetAddress ofBytes(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}

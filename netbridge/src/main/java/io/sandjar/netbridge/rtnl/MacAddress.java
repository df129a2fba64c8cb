package io.sandjar.netbridge.rtnl;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** A link's hardware address. */
public record MacAddress(String text) {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  public MacAddress {
    if (COLONS.parseHex(text).length != 6) {
      throw new IllegalArgumentException("'" + text + "' is no hardware address");
    }
  }

  public static MacAddress of(byte[] bytes) {
    return new MacAddress(COLONS.formatHex(bytes));
  }

  /** A locally administered address that is always the same for the same text. */
  public static MacAddress derivedFrom(String seed) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(seed.getBytes());
      byte[] bytes = Arrays.copyOf(hash, 6);
      bytes[0] = (byte) (bytes[0] & 0xfc | 0x02);
      return of(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public byte[] bytes() {
    return COLONS.parseHex(text);
  }

  @Override
  public String toString() {
    return text;
  }
}

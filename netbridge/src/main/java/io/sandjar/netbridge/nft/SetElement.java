package io.sandjar.netbridge.nft;

import java.util.HexFormat;

/**
 * An element of a set or map.
 *
 * @param data what the key leads to in a map, or null
 * @param intervalEnd whether it ends a range: the first key that is not in it
 * @param comment shown by {@code nft list}; empty for none
 */
public record SetElement(byte[] key, byte[] data, boolean intervalEnd, String comment) {

  /** A map's entry. */
  public static SetElement entry(byte[] key, byte[] data, String comment) {
    return new SetElement(key, data, false, comment);
  }

  /** Key and value in hexadecimal, to compare what is there with what should be. */
  String signature() {
    HexFormat hex = HexFormat.of();
    return hex.formatHex(key)
        + (data == null ? "" : ":" + hex.formatHex(data))
        + (intervalEnd ? " end" : "");
  }
}

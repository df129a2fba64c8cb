package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.netlink.PayloadWriter;

/**
 * A named set, or a map where {@code data} is not null.
 *
 * @param id a number by which rules and elements of the same batch find it; not zero
 * @param interval whether its elements are ranges of keys
 */
public record NftSet(
    Table table, String name, int id, DataType key, DataType data, boolean interval) {
  private static final int NFTNL_UDATA_SET_KEYBYTEORDER = 0;
  private static final int NFTNL_UDATA_SET_DATABYTEORDER = 1;
  private static final int NFTNL_UDATA_SET_KEY_TYPEOF = 3;
  private static final int NFTNL_UDATA_SET_DATA_TYPEOF = 4;
  private static final int NFTNL_UDATA_SET_DATA_INTERVAL = 6;
  private static final int BYTEORDER_INVALID = 0;
  private static final int BYTEORDER_BIG_ENDIAN = 2;

  /** The typeof description of a concatenation without expressions: EXPR_VALUE-like, no content. */
  private static final byte[] TYPEOF_CONCATENATION = {0, 4, 13, 0, 0, 0, 1, 0};

  /** A set of addresses' ranges. */
  public static NftSet ranges(Table table, String name, int id, DataType.Part key) {
    return new NftSet(table, name, id, DataType.of(key), null, true);
  }

  /** A map with exact keys. */
  public static NftSet map(Table table, String name, int id, DataType key, DataType data) {
    return new NftSet(table, name, id, key, data, false);
  }

  boolean isMap() {
    return data != null;
  }

  int flags() {
    return (interval ? NfTables.NFT_SET_INTERVAL : 0) | (isMap() ? NfTables.NFT_SET_MAP : 0);
  }

  /** What {@code nft list} needs to print the elements; the kernel only keeps it. */
  byte[] userdata() {
    PayloadWriter userdata = new PayloadWriter();
    number(userdata, NFTNL_UDATA_SET_KEYBYTEORDER, byteOrder(key));
    if (isMap()) {
      number(userdata, NFTNL_UDATA_SET_DATABYTEORDER, byteOrder(data));
      typeOf(userdata, NFTNL_UDATA_SET_KEY_TYPEOF);
      typeOf(userdata, NFTNL_UDATA_SET_DATA_TYPEOF);
      number(userdata, NFTNL_UDATA_SET_DATA_INTERVAL, 0);
    }
    return userdata.toBytes();
  }

  private static int byteOrder(DataType type) {
    return type.isConcatenation() ? BYTEORDER_INVALID : BYTEORDER_BIG_ENDIAN;
  }

  private static void number(PayloadWriter userdata, int type, int value) {
    userdata.u8(type).u8(4).u32(value);
  }

  private static void typeOf(PayloadWriter userdata, int type) {
    userdata.u8(type).u8(TYPEOF_CONCATENATION.length).bytes(TYPEOF_CONCATENATION);
  }

  @Override
  public String toString() {
    return (isMap() ? "map " : "set ") + name + " of " + table;
  }
}

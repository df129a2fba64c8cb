package io.sandjar.netbridge.netlink;

/** The numbers of linux/netlink.h that every netlink family shares. */
public final class Netlink {
  public static final int NLMSG_NOOP = 1;
  public static final int NLMSG_ERROR = 2;
  public static final int NLMSG_DONE = 3;

  public static final int NLM_F_REQUEST = 0x1;
  public static final int NLM_F_MULTI = 0x2;
  public static final int NLM_F_ACK = 0x4;
  public static final int NLM_F_ECHO = 0x8;
  public static final int NLM_F_DUMP_INTR = 0x10;

  public static final int NLM_F_ROOT = 0x100;
  public static final int NLM_F_MATCH = 0x200;
  public static final int NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

  public static final int NLM_F_REPLACE = 0x100;
  public static final int NLM_F_EXCL = 0x200;
  public static final int NLM_F_CREATE = 0x400;
  public static final int NLM_F_APPEND = 0x800;

  /** In an acknowledgement: the request is not repeated whole, only its header. */
  static final int NLM_F_CAPPED = 0x100;

  /** In an acknowledgement: NLMSGERR_ATTR_* follow. */
  static final int NLM_F_ACK_TLVS = 0x200;

  static final int NLMSGERR_ATTR_MSG = 1;
  static final int NLMSGERR_ATTR_OFFS = 2;

  /** The message header: length, type, flags, sequence, port. */
  static final int NLMSG_HDRLEN = 16;

  /** The attribute header: length, type. */
  static final int NLA_HDRLEN = 4;

  public static final int NLA_F_NESTED = 0x8000;
  public static final int NLA_F_NET_BYTEORDER = 0x4000;
  static final int NLA_TYPE_MASK = ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER) & 0xffff;

  private Netlink() {}

  /** Messages and attributes start at multiples of four. */
  static int align(int length) {
    return (length + 3) & ~3;
  }
}

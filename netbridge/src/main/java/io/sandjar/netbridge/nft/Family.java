package io.sandjar.netbridge.nft;

/** What packets a table sees, named as {@code nft} names it. */
public enum Family {
  INET(1),
  IP(2),
  ARP(3),
  NETDEV(5),
  BRIDGE(7),
  IP6(10);

  private final int number;

  Family(int number) {
    this.number = number;
  }

  /** NFPROTO_*. */
  int number() {
    return number;
  }

  /** The family of a kernel message, or null for one that has no name here. */
  static Family of(int number) {
    for (Family family : values()) {
      if (family.number == number) {
        return family;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.Cidr;

/** What an address is compared with: a network or a set, or anything but it. */
public sealed interface Match {
  boolean inverted();

  /** {@code 10.1.0.0/16}, or {@code != 10.1.0.0/16}. */
  record Network(Cidr network, boolean inverted) implements Match {}

  /** {@code @pods}, or {@code != @pods}. */
  record Member(NftSet set, boolean inverted) implements Match {}

  static Match is(Cidr network) {
    return new Network(network, false);
  }

  static Match isNot(Cidr network) {
    return new Network(network, true);
  }

  static Match in(NftSet set) {
    return new Member(set, false);
  }

  static Match notIn(NftSet set) {
    return new Member(set, true);
  }
}

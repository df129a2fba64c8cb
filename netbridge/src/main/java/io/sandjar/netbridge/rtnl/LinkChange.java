package io.sandjar.netbridge.rtnl;

import java.util.Optional;

/** A change of a link, as {@code ip link set} says it; what is empty stays as it is. */
public record LinkChange(
    int index,
    String name,
    Optional<Boolean> up,
    Optional<Integer> mtu,
    Optional<MacAddress> mac,
    Optional<Integer> master,
    Optional<String> alias,
    Optional<Integer> group,
    boolean withoutLinkLocal,
    Optional<BridgePort> port) {

  /** What a bridge does with a link plugged in it. */
  public record BridgePort(boolean hairpin, boolean isolated) {}

  /** Changes the link with this index. */
  public static LinkChange of(int index) {
    return empty(index, "");
  }

  /** Changes the link with this name, for one that is added in the same batch. */
  public static LinkChange of(String name) {
    return empty(0, name);
  }

  private static LinkChange empty(int index, String name) {
    return new LinkChange(
        index,
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty());
  }

  public LinkChange up(boolean value) {
    return new LinkChange(
        index, name, Optional.of(value), mtu, mac, master, alias, group, withoutLinkLocal, port);
  }

  public LinkChange mtu(int value) {
    return new LinkChange(
        index, name, up, Optional.of(value), mac, master, alias, group, withoutLinkLocal, port);
  }

  public LinkChange mac(MacAddress value) {
    return new LinkChange(
        index, name, up, mtu, Optional.of(value), master, alias, group, withoutLinkLocal, port);
  }

  /** Plugs it in a bridge, by the bridge's index; 0 unplugs it. */
  public LinkChange master(int value) {
    return new LinkChange(
        index, name, up, mtu, mac, Optional.of(value), alias, group, withoutLinkLocal, port);
  }

  public LinkChange alias(String value) {
    return new LinkChange(
        index, name, up, mtu, mac, master, Optional.of(value), group, withoutLinkLocal, port);
  }

  /** Makes it one of a group, all of which one request can delete. */
  public LinkChange group(int value) {
    return new LinkChange(
        index, name, up, mtu, mac, master, alias, Optional.of(value), withoutLinkLocal, port);
  }

  /** Lets it make no IPv6 address of its own when it goes up. */
  public LinkChange noLinkLocal() {
    return new LinkChange(index, name, up, mtu, mac, master, alias, group, true, port);
  }

  public LinkChange port(BridgePort value) {
    return new LinkChange(
        index, name, up, mtu, mac, master, alias, group, withoutLinkLocal, Optional.of(value));
  }

  String target() {
    return name.isEmpty() ? "link " + index : name;
  }
}

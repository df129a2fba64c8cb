package io.sandjar.netbridge.rtnl;

import io.sandjar.netbridge.sys.Fd;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A link to be added, as {@code ip link add} says it.
 *
 * @param mtu 0 for the kind's default
 * @param master index of the bridge to plug it in, 0 for none
 * @param namespace where it is born, if not in the socket's namespace
 */
public record NewLink(
    String name,
    Optional<LinkKind> kind,
    Optional<MacAddress> mac,
    int mtu,
    int master,
    boolean up,
    Optional<Fd> namespace) {
  /** The kernel's IFNAMSIZ without the terminating zero. */
  public static final int LONGEST_NAME = 15;

  public NewLink {
    requireName(name);
  }

  /** Whether the kernel takes a link's name as it is; it replaces a % by a number. */
  public static boolean isName(String name) {
    return !name.isEmpty()
        && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME
        && !name.equals(".")
        && !name.equals("..")
        && name.chars()
            .noneMatch(
                c ->
                    "/:%".indexOf(c) >= 0
                        || Character.isWhitespace(c)
                        || Character.isISOControl(c));
  }

  public static void requireName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a link's name has 1 to " + LONGEST_NAME + " bytes, without / : % or spaces");
    }
  }

  public static NewLink of(String name, LinkKind kind) {
    return new NewLink(name, Optional.of(kind), Optional.empty(), 0, 0, false, Optional.empty());
  }

  public static NewLink bridge(String name) {
    return of(name, new LinkKind.Bridge());
  }

  public static NewLink veth(String name, NewLink peer) {
    return of(name, new LinkKind.Veth(peer));
  }

  public static NewLink ifb(String name) {
    return of(name, new LinkKind.Ifb());
  }

  /** The other end of a veth, whose kind goes without saying. It cannot be born up. */
  public static NewLink peer(String name) {
    return new NewLink(name, Optional.empty(), Optional.empty(), 0, 0, false, Optional.empty());
  }

  public NewLink withMac(MacAddress address) {
    return new NewLink(name, kind, Optional.of(address), mtu, master, up, namespace);
  }

  public NewLink withMtu(int bytes) {
    return new NewLink(name, kind, mac, bytes, master, up, namespace);
  }

  public NewLink in(int bridge) {
    return new NewLink(name, kind, mac, mtu, bridge, up, namespace);
  }

  public NewLink bornUp() {
    return new NewLink(name, kind, mac, mtu, master, true, namespace);
  }

  public NewLink bornIn(Fd other) {
    return new NewLink(name, kind, mac, mtu, master, up, Optional.of(other));
  }
}

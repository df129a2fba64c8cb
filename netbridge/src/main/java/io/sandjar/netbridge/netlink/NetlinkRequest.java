package io.sandjar.netbridge.netlink;

import io.sandjar.netbridge.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** A message for the kernel, and what it is for in words, for when the kernel refuses it. */
public final class NetlinkRequest {
  private final String tried;
  private final int type;
  private final int flags;
  private final byte[] payload;
  private final Set<Errno> tolerated;

  private NetlinkRequest(String tried, int type, int flags, byte[] payload, Set<Errno> tolerated) {
    this.tried = Objects.requireNonNull(tried);
    this.type = type;
    this.flags = flags;
    this.payload = payload;
    this.tolerated = tolerated;
  }

  /**
   * @param tried what this does and to what: {@code add address 10.1.0.1/24 to cbr0}
   * @param flags NLM_F_* besides NLM_F_REQUEST, which is always there. With NLM_F_ACK the kernel's
   *     answer is waited for; without it only an error is noticed.
   */
  public static NetlinkRequest of(String tried, int type, int flags, PayloadWriter payload) {
    return new NetlinkRequest(
        tried, type, flags | Netlink.NLM_F_REQUEST, payload.toBytes(), Set.of());
  }

  /** The same request, for which these errors count as success. */
  public NetlinkRequest tolerating(Errno... errors) {
    Set<Errno> all = new HashSet<>(tolerated);
    all.addAll(Arrays.asList(errors));
    return new NetlinkRequest(tried, type, flags, payload, Set.copyOf(all));
  }

  public String tried() {
    return tried;
  }

  public int type() {
    return type;
  }

  public int flags() {
    return flags;
  }

  boolean tolerates(int errno) {
    return !tolerated.isEmpty() && tolerated.contains(new Errno(errno));
  }

  boolean wantsAck() {
    return (flags & Netlink.NLM_F_ACK) != 0;
  }

  /** Length on the wire, with the padding before a next message. */
  int encodedLength() {
    return Netlink.align(Netlink.NLMSG_HDRLEN + payload.length);
  }

  /** Header and payload as sent, padded to four bytes. */
  public byte[] encode(int sequence) {
    ByteBuffer bytes = ByteBuffer.allocate(encodedLength()).order(ByteOrder.nativeOrder());
    bytes
        .putInt(Netlink.NLMSG_HDRLEN + payload.length)
        .putShort((short) type)
        .putShort((short) flags)
        .putInt(sequence)
        .putInt(0)
        .put(payload);
    return bytes.array();
  }

  @Override
  public String toString() {
    return tried;
  }
}

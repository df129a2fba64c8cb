package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.PayloadWriter;
import io.sandjar.netbridge.nft.Expression.Compare;
import io.sandjar.netbridge.nft.Expression.CtLoad;
import io.sandjar.netbridge.nft.Expression.Immediate;
import io.sandjar.netbridge.nft.Expression.Lookup;
import io.sandjar.netbridge.nft.Expression.Mask;
import io.sandjar.netbridge.nft.Expression.MetaLoad;
import io.sandjar.netbridge.nft.Expression.Nat;
import io.sandjar.netbridge.nft.Expression.Payload;
import io.sandjar.netbridge.nft.Expression.Verdict;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rule, written left to right as in {@code nft}: {@code Rule.in(postrouting).ipSaddr(in(pods))
 * .ipDaddr(notIn(cluster)).counter().masquerade()}. Each call appends the machine's instructions
 * for one statement, with those that nft adds itself (an address of IPv4 is only compared in IPv4
 * packets).
 */
public final class Rule {
  /** IPS_DST_NAT of {@code ct status}. */
  public static final int CT_STATUS_DNAT = 0x20;

  /** NF_CT_STATE_BIT of {@code ct state}. */
  public static final int CT_STATE_ESTABLISHED = 0x2;

  public static final int CT_STATE_RELATED = 0x4;

  static final int IFNAMSIZ = 16;

  private static final int RTN_LOCAL = 2;
  private static final int DPORT_OFFSET = 2;
  private static final int IP_SADDR = 12;
  private static final int IP_DADDR = 16;
  private static final int IP6_SADDR = 8;
  private static final int IP6_DADDR = 24;
  private static final int REG = NfTables.NFT_REG_1;

  private final Chain chain;
  private final List<Expression> expressions = new ArrayList<>();
  private String comment = "";
  private int knownProtocol;

  private Rule(Chain chain) {
    this.chain = chain;
    this.knownProtocol =
        chain.table().family() == Family.INET ? 0 : chain.table().family().number();
  }

  /** An empty rule at the end of a chain. */
  public static Rule in(Chain chain) {
    return new Rule(chain);
  }

  public Rule iifname(String name) {
    return interfaceName(MetaLoad.Key.IIFNAME, name, true);
  }

  public Rule iifnameNot(String name) {
    return interfaceName(MetaLoad.Key.IIFNAME, name, false);
  }

  public Rule oifname(String name) {
    return interfaceName(MetaLoad.Key.OIFNAME, name, true);
  }

  public Rule ipSaddr(Match match) {
    return address(IpFamily.IPV4, IP_SADDR, match);
  }

  public Rule ipDaddr(Match match) {
    return address(IpFamily.IPV4, IP_DADDR, match);
  }

  public Rule ip6Saddr(Match match) {
    return address(IpFamily.IPV6, IP6_SADDR, match);
  }

  public Rule ip6Daddr(Match match) {
    return address(IpFamily.IPV6, IP6_DADDR, match);
  }

  /** {@code tcp dport 80}, or another protocol that has its ports there. */
  public Rule dport(int protocol, int port) {
    return dport(protocol, port, true);
  }

  /** {@code tcp dport != 80}. */
  public Rule dportNot(int protocol, int port) {
    return dport(protocol, port, false);
  }

  private Rule dport(int protocol, int port, boolean equal) {
    return add(new MetaLoad(MetaLoad.Key.L4PROTO, REG))
        .add(new Compare(REG, true, new byte[] {(byte) protocol}))
        .add(new Payload(Payload.Base.TRANSPORT, DPORT_OFFSET, 2, REG))
        .add(new Compare(REG, equal, port(port)));
  }

  /** {@code ct status ...}: any of the bits. */
  public Rule ctStatus(int bits) {
    return ctBits(CtLoad.Key.STATUS, bits);
  }

  /** {@code ct state ...}: any of the bits. */
  public Rule ctState(int bits) {
    return ctBits(CtLoad.Key.STATE, bits);
  }

  /** {@code fib daddr type local}: the destination is one of the node's own addresses. */
  public Rule fibDaddrTypeLocal() {
    return add(new Expression.FibDestinationType(REG))
        .add(new Compare(REG, true, hostOrder(RTN_LOCAL)));
  }

  public Rule setMark(int mark) {
    return add(new Immediate(REG, hostOrder(mark)))
        .add(new Expression.MetaSet(MetaLoad.Key.MARK, REG));
  }

  public Rule counter() {
    return add(new Expression.Counter());
  }

  public Rule accept() {
    return add(new Verdict(Verdict.Code.ACCEPT, null));
  }

  public Rule drop() {
    return add(new Verdict(Verdict.Code.DROP, null));
  }

  /** {@code return}. */
  public Rule returns() {
    return add(new Verdict(Verdict.Code.RETURN, null));
  }

  public Rule jump(Chain to) {
    return add(new Verdict(Verdict.Code.JUMP, to.name()));
  }

  /** {@code goto}. */
  public Rule goesTo(Chain to) {
    return add(new Verdict(Verdict.Code.GOTO, to.name()));
  }

  public Rule masquerade() {
    return add(new Expression.Masquerade(0));
  }

  /** {@code masquerade fully-random}: spares busy nodes the race for the same source port. */
  public Rule masqueradeFullyRandom() {
    return add(new Expression.Masquerade(Nat.NF_NAT_RANGE_PROTO_RANDOM_FULLY));
  }

  /** {@code redirect to :port}. */
  public Rule redirect(int port) {
    return add(new Immediate(REG, port(port))).add(new Expression.Redirect(REG));
  }

  public Rule snat(InetAddress address) {
    return add(new Immediate(REG, address.getAddress()))
        .add(new Nat(Nat.Kind.SNAT, family(address), REG, 0, 0));
  }

  public Rule dnat(InetAddress address, int port) {
    return add(new Immediate(REG, address.getAddress()))
        .add(new Immediate(NfTables.NFT_REG_2, port(port)))
        .add(
            new Nat(
                Nat.Kind.DNAT,
                family(address),
                REG,
                NfTables.NFT_REG_2,
                Nat.NF_NAT_RANGE_PROTO_SPECIFIED));
  }

  /** {@code dnat ip to meta l4proto . th dport map @ports}. */
  public Rule dnatByPort(IpFamily family, NftSet map) {
    return dnatBy(family, map, 0);
  }

  /** {@code dnat ip to ip daddr . meta l4proto . th dport map @ports}. */
  public Rule dnatByAddressAndPort(IpFamily family, NftSet map) {
    require(family);
    add(
        new Payload(
            Payload.Base.NETWORK,
            family == IpFamily.IPV4 ? IP_DADDR : IP6_DADDR,
            family.bytes(),
            REG));
    return dnatBy(family, map, words(family.bytes()));
  }

  private Rule dnatBy(IpFamily family, NftSet map, int filledWords) {
    add(new MetaLoad(MetaLoad.Key.L4PROTO, register(filledWords)));
    add(new Payload(Payload.Base.TRANSPORT, DPORT_OFFSET, 2, register(filledWords + 1)));
    add(new Lookup(map, REG, false));
    int portRegister = register(words(family.bytes()));
    return add(new Nat(Nat.Kind.DNAT, family(family), REG, portRegister, 0));
  }

  /** A note for whoever lists the rules. */
  public Rule comment(String text) {
    comment = text;
    return this;
  }

  Chain chain() {
    return chain;
  }

  List<Expression> expressions() {
    return expressions;
  }

  String comment() {
    return comment;
  }

  private Rule interfaceName(MetaLoad.Key key, String name, boolean equal) {
    return add(new MetaLoad(key, REG)).add(new Compare(REG, equal, interfaceName(name)));
  }

  /** A link's name as the kernel compares it. */
  static byte[] interfaceName(String name) {
    return Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), IFNAMSIZ);
  }

  private Rule address(IpFamily family, int offset, Match match) {
    require(family);
    if (match instanceof Match.Member member) {
      return add(new Payload(Payload.Base.NETWORK, offset, family.bytes(), REG))
          .add(new Lookup(member.set(), REG, member.inverted()));
    }
    Match.Network compared = (Match.Network) match;
    Cidr network = compared.network().network();
    byte[] value = network.address().getAddress();
    if (network.prefix() % 8 == 0) {
      int bytes = network.prefix() / 8;
      return add(new Payload(Payload.Base.NETWORK, offset, bytes, REG))
          .add(new Compare(REG, !compared.inverted(), Arrays.copyOf(value, bytes)));
    }
    byte[] mask = new byte[value.length];
    for (int bit = 0; bit < network.prefix(); bit++) {
      mask[bit / 8] |= (byte) (0x80 >>> (bit % 8));
    }
    return add(new Payload(Payload.Base.NETWORK, offset, value.length, REG))
        .add(new Mask(REG, mask))
        .add(new Compare(REG, !compared.inverted(), value));
  }

  /** In an inet table the rule first makes sure that the packet is of the family it reads. */
  private void require(IpFamily family) {
    if (knownProtocol != family.number()) {
      knownProtocol = family.number();
      add(new MetaLoad(MetaLoad.Key.NFPROTO, REG));
      add(new Compare(REG, true, new byte[] {(byte) family.number()}));
    }
  }

  private Rule ctBits(CtLoad.Key key, int bits) {
    return add(new CtLoad(key, REG))
        .add(new Mask(REG, hostOrder(bits)))
        .add(new Compare(REG, false, new byte[4]));
  }

  private Rule add(Expression expression) {
    expressions.add(expression);
    return this;
  }

  /** The register that starts at this word: every fourth has a name of its own. */
  private static int register(int word) {
    return word % 4 == 0 ? NfTables.NFT_REG_1 + word / 4 : NfTables.NFT_REG32_00 + word;
  }

  private static int words(int bytes) {
    return bytes / 4;
  }

  private static Family family(InetAddress address) {
    return family(IpFamily.of(address));
  }

  private static Family family(IpFamily family) {
    return family == IpFamily.IPV4 ? Family.IP : Family.IP6;
  }

  private static byte[] port(int port) {
    return new PayloadWriter().u16be(port).toBytes();
  }

  private static byte[] hostOrder(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}

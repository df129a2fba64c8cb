package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.netlink.Netlink;
import io.sandjar.netbridge.netlink.PayloadWriter;

/**
 * One instruction of a rule, as the kernel's nftables machine executes it: load into a register,
 * compare, look up, act. Each writes its attributes in the order in which libnftnl does.
 */
sealed interface Expression {

  /** The kernel module's name for it. */
  String name();

  /** The attributes of its NFTA_EXPR_DATA. */
  void write(PayloadWriter data);

  private static void nested(PayloadWriter out, int type, byte[] value) {
    out.nested(
        type | Netlink.NLA_F_NESTED, data -> data.attribute(NfTables.NFTA_DATA_VALUE, value));
  }

  /** {@code meta load KEY => reg}. */
  record MetaLoad(Key key, int register) implements Expression {
    /** NFT_META_*. */
    enum Key {
      MARK(3),
      IIFNAME(6),
      OIFNAME(7),
      NFPROTO(15),
      L4PROTO(16);

      private final int number;

      Key(int number) {
        this.number = number;
      }

      int number() {
        return number;
      }
    }

    static final int NFTA_META_KEY = 2;
    private static final int NFTA_META_DREG = 1;

    @Override
    public String name() {
      return "meta";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_META_KEY, key.number).attributeU32be(NFTA_META_DREG, register);
    }
  }

  /** {@code meta set KEY with reg}. */
  record MetaSet(MetaLoad.Key key, int register) implements Expression {
    private static final int NFTA_META_KEY = 2;
    private static final int NFTA_META_SREG = 3;

    @Override
    public String name() {
      return "meta";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_META_KEY, key.number).attributeU32be(NFTA_META_SREG, register);
    }
  }

  /** {@code ct load KEY => reg}. */
  record CtLoad(Key key, int register) implements Expression {
    /** NFT_CT_*. */
    enum Key {
      STATE(0),
      STATUS(2);

      private final int number;

      Key(int number) {
        this.number = number;
      }
    }

    private static final int NFTA_CT_DREG = 1;
    private static final int NFTA_CT_KEY = 2;

    @Override
    public String name() {
      return "ct";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_CT_KEY, key.number).attributeU32be(NFTA_CT_DREG, register);
    }
  }

  /** {@code payload load LENGTHb @ BASE header + OFFSET => reg}. */
  record Payload(Base base, int offset, int length, int register) implements Expression {
    /** NFT_PAYLOAD_*_HEADER. */
    enum Base {
      NETWORK(1),
      TRANSPORT(2);

      private final int number;

      Base(int number) {
        this.number = number;
      }
    }

    private static final int NFTA_PAYLOAD_DREG = 1;
    private static final int NFTA_PAYLOAD_BASE = 2;
    private static final int NFTA_PAYLOAD_OFFSET = 3;
    private static final int NFTA_PAYLOAD_LEN = 4;

    @Override
    public String name() {
      return "payload";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_PAYLOAD_DREG, register)
          .attributeU32be(NFTA_PAYLOAD_BASE, base.number)
          .attributeU32be(NFTA_PAYLOAD_OFFSET, offset)
          .attributeU32be(NFTA_PAYLOAD_LEN, length);
    }
  }

  /** {@code fib daddr type => reg}. */
  record FibDestinationType(int register) implements Expression {
    private static final int NFTA_FIB_DREG = 1;
    private static final int NFTA_FIB_RESULT = 2;
    private static final int NFTA_FIB_FLAGS = 3;
    private static final int NFT_FIB_RESULT_ADDRTYPE = 3;
    private static final int NFTA_FIB_F_DADDR = 2;

    @Override
    public String name() {
      return "fib";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR)
          .attributeU32be(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE)
          .attributeU32be(NFTA_FIB_DREG, register);
    }
  }

  /** {@code cmp eq reg VALUE}, or neq. */
  record Compare(int register, boolean equal, byte[] value) implements Expression {
    static final int NFTA_CMP_OP = 2;
    static final int NFTA_CMP_DATA = 3;
    static final int NFT_CMP_EQ = 0;
    private static final int NFTA_CMP_SREG = 1;
    private static final int NFT_CMP_NEQ = 1;

    @Override
    public String name() {
      return "cmp";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_CMP_SREG, register)
          .attributeU32be(NFTA_CMP_OP, equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
      nested(data, NFTA_CMP_DATA, value);
    }
  }

  /** {@code bitwise reg = (reg & mask) ^ 0}. */
  record Mask(int register, byte[] mask) implements Expression {
    private static final int NFTA_BITWISE_SREG = 1;
    private static final int NFTA_BITWISE_DREG = 2;
    private static final int NFTA_BITWISE_LEN = 3;
    private static final int NFTA_BITWISE_MASK = 4;
    private static final int NFTA_BITWISE_XOR = 5;

    @Override
    public String name() {
      return "bitwise";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_BITWISE_SREG, register)
          .attributeU32be(NFTA_BITWISE_DREG, register)
          .attributeU32be(NFTA_BITWISE_LEN, mask.length);
      nested(data, NFTA_BITWISE_MASK, mask);
      nested(data, NFTA_BITWISE_XOR, new byte[mask.length]);
    }
  }

  /** {@code lookup reg set NAME}; in a map the value replaces the key. */
  record Lookup(NftSet set, int register, boolean inverted) implements Expression {
    static final int NFTA_LOOKUP_SET = 1;
    static final int NFTA_LOOKUP_DREG = 3;
    static final int NFTA_LOOKUP_FLAGS = 5;
    private static final int NFTA_LOOKUP_SREG = 2;
    private static final int NFTA_LOOKUP_SET_ID = 4;
    private static final int NFT_LOOKUP_F_INV = 1;

    @Override
    public String name() {
      return "lookup";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_LOOKUP_SREG, register);
      if (set.isMap()) {
        data.attributeU32be(NFTA_LOOKUP_DREG, register);
      }
      data.attributeString(NFTA_LOOKUP_SET, set.name())
          .attributeU32be(NFTA_LOOKUP_SET_ID, set.id());
      if (inverted) {
        data.attributeU32be(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
      }
    }
  }

  /** {@code immediate reg VALUE}. */
  record Immediate(int register, byte[] value) implements Expression {
    static final int NFTA_IMMEDIATE_DREG = 1;
    static final int NFTA_IMMEDIATE_DATA = 2;

    @Override
    public String name() {
      return "immediate";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_IMMEDIATE_DREG, register);
      nested(data, NFTA_IMMEDIATE_DATA, value);
    }
  }

  /**
   * {@code immediate reg 0 VERDICT}.
   *
   * @param chain where a jump or goto leads, else null
   */
  record Verdict(Code code, String chain) implements Expression {
    /** NF_* and NFT_*. */
    enum Code {
      DROP(NfTables.NF_DROP),
      ACCEPT(NfTables.NF_ACCEPT),
      JUMP(-3),
      GOTO(-4),
      RETURN(-5);

      private final int number;

      Code(int number) {
        this.number = number;
      }

      int number() {
        return number;
      }
    }

    @Override
    public String name() {
      return "immediate";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(Immediate.NFTA_IMMEDIATE_DREG, NfTables.NFT_REG_VERDICT);
      data.nested(
          Immediate.NFTA_IMMEDIATE_DATA | Netlink.NLA_F_NESTED,
          value ->
              value.nested(
                  NfTables.NFTA_DATA_VERDICT | Netlink.NLA_F_NESTED,
                  verdict -> {
                    verdict.attributeU32be(NfTables.NFTA_VERDICT_CODE, code.number);
                    if (chain != null) {
                      verdict.attributeString(NfTables.NFTA_VERDICT_CHAIN, chain);
                    }
                  }));
    }
  }

  /** {@code counter}. */
  record Counter() implements Expression {
    @Override
    public String name() {
      return "counter";
    }

    @Override
    public void write(PayloadWriter data) {
      // The kernel starts it at zero.
    }
  }

  /**
   * {@code snat} or {@code dnat} to what registers hold.
   *
   * @param portRegister zero where the port stays
   * @param flags NF_NAT_RANGE_*, zero for none
   */
  record Nat(Kind kind, Family family, int addressRegister, int portRegister, int flags)
      implements Expression {
    /** NFT_NAT_*. */
    enum Kind {
      SNAT(0),
      DNAT(1);

      private final int number;

      Kind(int number) {
        this.number = number;
      }
    }

    static final int NF_NAT_RANGE_PROTO_SPECIFIED = 0x2;
    static final int NF_NAT_RANGE_PROTO_RANDOM_FULLY = 0x10;
    private static final int NFTA_NAT_TYPE = 1;
    private static final int NFTA_NAT_FAMILY = 2;
    private static final int NFTA_NAT_REG_ADDR_MIN = 3;
    private static final int NFTA_NAT_REG_PROTO_MIN = 5;
    private static final int NFTA_NAT_FLAGS = 7;

    @Override
    public String name() {
      return "nat";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_NAT_TYPE, kind.number)
          .attributeU32be(NFTA_NAT_FAMILY, family.number())
          .attributeU32be(NFTA_NAT_REG_ADDR_MIN, addressRegister);
      if (portRegister != 0) {
        data.attributeU32be(NFTA_NAT_REG_PROTO_MIN, portRegister);
      }
      if (flags != 0) {
        data.attributeU32be(NFTA_NAT_FLAGS, flags);
      }
    }
  }

  /** {@code masq}. */
  record Masquerade(int flags) implements Expression {
    private static final int NFTA_MASQ_FLAGS = 1;

    @Override
    public String name() {
      return "masq";
    }

    @Override
    public void write(PayloadWriter data) {
      if (flags != 0) {
        data.attributeU32be(NFTA_MASQ_FLAGS, flags);
      }
    }
  }

  /** {@code redir} to the port that a register holds. */
  record Redirect(int portRegister) implements Expression {
    private static final int NFTA_REDIR_REG_PROTO_MIN = 1;
    private static final int NFTA_REDIR_FLAGS = 3;

    @Override
    public String name() {
      return "redir";
    }

    @Override
    public void write(PayloadWriter data) {
      data.attributeU32be(NFTA_REDIR_REG_PROTO_MIN, portRegister)
          .attributeU32be(NFTA_REDIR_FLAGS, Nat.NF_NAT_RANGE_PROTO_SPECIFIED);
    }
  }
}

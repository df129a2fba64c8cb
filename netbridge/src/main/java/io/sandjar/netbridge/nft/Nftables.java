package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.Netlink;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import io.sandjar.netbridge.netlink.NetlinkProtocol;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.NetlinkSocket;
import io.sandjar.netbridge.netlink.PayloadWriter;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The kernel's nftables in one network namespace: commits batches, and lists what there is. */
public final class Nftables implements AutoCloseable {
  private final NetlinkSocket socket;

  private Nftables(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens the nftables of a namespace; usable from any thread afterwards. */
  public static Nftables in(NetworkNamespace namespace) throws IOException {
    return new Nftables(namespace.socket(NetlinkProtocol.NETFILTER));
  }

  /** A chain as the kernel lists it; what a chain without a hook lacks is null or zero. */
  public record ListedChain(
      Family family,
      String table,
      String name,
      String type,
      Chain.Hook hook,
      int priority,
      Chain.Policy policy) {}

  /** A rule as the kernel lists it. */
  record ListedRule(String chain, List<ListedExpression> expressions) {}

  /** An instruction as the kernel lists it. */
  record ListedExpression(String name, Attributes data, byte[] bytes) {}

  /** A set or map as the kernel lists it. */
  record ListedSet(String name, int flags, int keyLength, int dataLength) {}

  /** Makes all of the batch's changes, or none and throws what the kernel objected to. */
  public void commit(Batch batch) throws IOException {
    if (!batch.isEmpty()) {
      socket.execute(batch.requests(true));
    }
  }

  /** A number that changes with every commit by anybody. */
  int generation() throws IOException {
    NetlinkRequest request =
        NetlinkRequest.of(
            "read the generation of nftables",
            NfTables.message(NfTables.NFT_MSG_GETGEN),
            0,
            header(0));
    for (NetlinkMessage message : socket.execute(request)) {
      return message
          .attributes(NfTables.NFGENMSG)
          .u32be(NfTables.NFTA_GEN_ID)
          .orElseThrow(() -> new IOException("the generation of nftables has no number"));
    }
    throw new IOException("the kernel did not tell the generation of nftables");
  }

  /** Every chain of every table of whoever. */
  public List<ListedChain> chains() throws IOException {
    List<ListedChain> chains = new ArrayList<>();
    for (NetlinkMessage message : dump("list chains", NfTables.NFT_MSG_GETCHAIN, header(0))) {
      Family family = Family.of(Byte.toUnsignedInt(message.payload().get()));
      if (family != null) {
        chains.add(chain(family, message.attributes(NfTables.NFGENMSG)));
      }
    }
    return chains;
  }

  private static ListedChain chain(Family family, Attributes chain) {
    Attributes hook = chain.nested(NfTables.NFTA_CHAIN_HOOK);
    int number = hook.u32be(NfTables.NFTA_HOOK_HOOKNUM).orElse(-1);
    Chain.Hook[] hooks = Chain.Hook.values();
    boolean drops =
        chain.u32be(NfTables.NFTA_CHAIN_POLICY).orElse(NfTables.NF_ACCEPT) == NfTables.NF_DROP;
    return new ListedChain(
        family,
        chain.string(NfTables.NFTA_CHAIN_TABLE).orElse(""),
        chain.string(NfTables.NFTA_CHAIN_NAME).orElse(""),
        chain.string(NfTables.NFTA_CHAIN_TYPE).orElse(null),
        number >= 0 && number < hooks.length ? hooks[number] : null,
        hook.u32be(NfTables.NFTA_HOOK_PRIORITY).orElse(0),
        drops ? Chain.Policy.DROP : Chain.Policy.ACCEPT);
  }

  List<ListedRule> rules(Table table) throws IOException {
    PayloadWriter payload =
        header(table.family().number()).attributeString(NfTables.NFTA_RULE_TABLE, table.name());
    List<ListedRule> rules = new ArrayList<>();
    for (NetlinkMessage message :
        dump("list the rules of " + table, NfTables.NFT_MSG_GETRULE, payload)) {
      Attributes rule = message.attributes(NfTables.NFGENMSG);
      if (rule.string(NfTables.NFTA_RULE_TABLE).orElse("").equals(table.name())) {
        List<ListedExpression> expressions = new ArrayList<>();
        for (Attributes each :
            rule.nested(NfTables.NFTA_RULE_EXPRESSIONS).all(NfTables.NFTA_LIST_ELEM)) {
          expressions.add(
              new ListedExpression(
                  each.string(NfTables.NFTA_EXPR_NAME).orElse(""),
                  each.nested(NfTables.NFTA_EXPR_DATA),
                  each.byteArray(NfTables.NFTA_EXPR_DATA).orElse(new byte[0])));
        }
        rules.add(new ListedRule(rule.string(NfTables.NFTA_RULE_CHAIN).orElse(""), expressions));
      }
    }
    return rules;
  }

  List<ListedSet> sets(Table table) throws IOException {
    PayloadWriter payload =
        header(table.family().number()).attributeString(NfTables.NFTA_SET_TABLE, table.name());
    List<ListedSet> sets = new ArrayList<>();
    for (NetlinkMessage message :
        dump("list the sets of " + table, NfTables.NFT_MSG_GETSET, payload)) {
      Attributes set = message.attributes(NfTables.NFGENMSG);
      sets.add(
          new ListedSet(
              set.string(NfTables.NFTA_SET_NAME).orElse(""),
              set.u32be(NfTables.NFTA_SET_FLAGS).orElse(0),
              set.u32be(NfTables.NFTA_SET_KEY_LEN).orElse(0),
              set.u32be(NfTables.NFTA_SET_DATA_LEN).orElse(0)));
    }
    return sets;
  }

  List<SetElement> elements(Table table, String set) throws IOException {
    PayloadWriter payload =
        header(table.family().number())
            .attributeString(NfTables.NFTA_SET_ELEM_LIST_TABLE, table.name())
            .attributeString(NfTables.NFTA_SET_ELEM_LIST_SET, set);
    List<SetElement> elements = new ArrayList<>();
    for (NetlinkMessage message :
        dump(
            "list the elements of " + set + " of " + table, NfTables.NFT_MSG_GETSETELEM, payload)) {
      Attributes list =
          message.attributes(NfTables.NFGENMSG).nested(NfTables.NFTA_SET_ELEM_LIST_ELEMENTS);
      for (Attributes element : list.all(NfTables.NFTA_LIST_ELEM)) {
        elements.add(
            new SetElement(
                element
                    .nested(NfTables.NFTA_SET_ELEM_KEY)
                    .byteArray(NfTables.NFTA_DATA_VALUE)
                    .orElse(new byte[0]),
                element
                    .nested(NfTables.NFTA_SET_ELEM_DATA)
                    .byteArray(NfTables.NFTA_DATA_VALUE)
                    .orElse(null),
                (element.u32be(NfTables.NFTA_SET_ELEM_FLAGS).orElse(0)
                        & NfTables.NFT_SET_ELEM_INTERVAL_END)
                    != 0,
                ""));
      }
    }
    return elements;
  }

  private List<NetlinkMessage> dump(String tried, int type, PayloadWriter payload)
      throws IOException {
    return socket.dump(
        NetlinkRequest.of(tried, NfTables.message(type), Netlink.NLM_F_DUMP, payload)
            .tolerating(Errno.ENOENT));
  }

  private static PayloadWriter header(int family) {
    return new PayloadWriter().u8(family).u8(0).u16be(0);
  }

  @Override
  public void close() {
    socket.close();
  }
}

package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.netlink.Netlink;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Changes to nftables that the kernel makes all together or not at all. */
public final class Batch {
  /** A list of elements must fit an attribute's 64 KiB. */
  private static final int ELEMENTS_PER_MESSAGE = 200;

  /** The kernel keeps no more userdata per element, and a type and a length are part of it. */
  private static final int COMMENT_MAX = 128;

  private record Change(String tried, int type, int flags, PayloadWriter payload) {}

  private final List<Change> changes = new ArrayList<>();

  /** {@code add table}; there already is no error. */
  public Batch add(Table table) {
    PayloadWriter payload =
        header(table)
            .attributeString(NfTables.NFTA_TABLE_NAME, table.name())
            .attributeU32be(NfTables.NFTA_TABLE_FLAGS, 0);
    return change("add " + table, NfTables.NFT_MSG_NEWTABLE, 0, payload);
  }

  /** {@code delete table}, with all that is in it. */
  public Batch delete(Table table) {
    PayloadWriter payload = header(table).attributeString(NfTables.NFTA_TABLE_NAME, table.name());
    return change("delete " + table, NfTables.NFT_MSG_DELTABLE, 0, payload);
  }

  public Batch add(Chain chain) {
    PayloadWriter payload =
        header(chain.table())
            .attributeString(NfTables.NFTA_CHAIN_TABLE, chain.table().name())
            .attributeString(NfTables.NFTA_CHAIN_NAME, chain.name());
    Chain.Base base = chain.base();
    if (base != null) {
      payload
          .attributeString(NfTables.NFTA_CHAIN_TYPE, base.type())
          .attributeU32be(NfTables.NFTA_CHAIN_POLICY, base.policy().number())
          .nested(
              NfTables.NFTA_CHAIN_HOOK | Netlink.NLA_F_NESTED,
              hook ->
                  hook.attributeU32be(NfTables.NFTA_HOOK_HOOKNUM, base.hook().number())
                      .attributeU32be(NfTables.NFTA_HOOK_PRIORITY, base.priority()));
    }
    return change("add " + chain, NfTables.NFT_MSG_NEWCHAIN, Netlink.NLM_F_CREATE, payload);
  }

  public Batch add(NftSet set) {
    PayloadWriter payload =
        header(set.table())
            .attributeString(NfTables.NFTA_SET_TABLE, set.table().name())
            .attributeString(NfTables.NFTA_SET_NAME, set.name())
            .attributeU32be(NfTables.NFTA_SET_FLAGS, set.flags())
            .attributeU32be(NfTables.NFTA_SET_KEY_TYPE, set.key().number())
            .attributeU32be(NfTables.NFTA_SET_KEY_LEN, set.key().length());
    if (set.isMap()) {
      payload
          .attributeU32be(NfTables.NFTA_SET_DATA_TYPE, set.data().number())
          .attributeU32be(NfTables.NFTA_SET_DATA_LEN, set.data().length());
    }
    payload
        .attributeU32be(NfTables.NFTA_SET_ID, set.id())
        .attribute(NfTables.NFTA_SET_USERDATA, set.userdata());
    return change("add " + set, NfTables.NFT_MSG_NEWSET, Netlink.NLM_F_CREATE, payload);
  }

  /** {@code add element}; the same key with another value is an error. */
  public Batch add(NftSet set, List<SetElement> elements) {
    for (int at = 0; at < elements.size(); at += ELEMENTS_PER_MESSAGE) {
      List<SetElement> some =
          elements.subList(at, Math.min(at + ELEMENTS_PER_MESSAGE, elements.size()));
      PayloadWriter payload = header(set.table());
      payload
          .attributeString(NfTables.NFTA_SET_ELEM_LIST_TABLE, set.table().name())
          .attributeString(NfTables.NFTA_SET_ELEM_LIST_SET, set.name())
          .attributeU32be(NfTables.NFTA_SET_ELEM_LIST_SET_ID, set.id());
      elements(payload, some);
      change(
          "add " + some.size() + " element(s) to " + set,
          NfTables.NFT_MSG_NEWSETELEM,
          Netlink.NLM_F_CREATE,
          payload);
    }
    return this;
  }

  /** {@code delete element}; one that is not there is an error. */
  public Batch delete(NftSet set, List<SetElement> elements) {
    for (int at = 0; at < elements.size(); at += ELEMENTS_PER_MESSAGE) {
      List<SetElement> some =
          elements.subList(at, Math.min(at + ELEMENTS_PER_MESSAGE, elements.size()));
      PayloadWriter payload = header(set.table());
      payload
          .attributeString(NfTables.NFTA_SET_ELEM_LIST_TABLE, set.table().name())
          .attributeString(NfTables.NFTA_SET_ELEM_LIST_SET, set.name());
      elements(
          payload,
          some.stream()
              .map(element -> new SetElement(element.key(), null, element.intervalEnd(), ""))
              .toList());
      change(
          "delete " + some.size() + " element(s) of " + set,
          NfTables.NFT_MSG_DELSETELEM,
          0,
          payload);
    }
    return this;
  }

  /** {@code flush set}: removes all its elements. */
  public Batch flush(NftSet set) {
    PayloadWriter payload =
        header(set.table())
            .attributeString(NfTables.NFTA_SET_ELEM_LIST_SET, set.name())
            .attributeString(NfTables.NFTA_SET_ELEM_LIST_TABLE, set.table().name());
    return change("flush " + set, NfTables.NFT_MSG_DELSETELEM, 0, payload);
  }

  /** {@code add rule}, at the end of its chain. */
  public Batch add(Rule rule) {
    Chain chain = rule.chain();
    PayloadWriter payload =
        header(chain.table())
            .attributeString(NfTables.NFTA_RULE_TABLE, chain.table().name())
            .attributeString(NfTables.NFTA_RULE_CHAIN, chain.name())
            .nested(
                NfTables.NFTA_RULE_EXPRESSIONS | Netlink.NLA_F_NESTED,
                list -> rule.expressions().forEach(expression -> expression(list, expression)));
    if (!rule.comment().isEmpty()) {
      payload.attribute(
          NfTables.NFTA_RULE_USERDATA, comment(NfTables.NFTNL_UDATA_RULE_COMMENT, rule.comment()));
    }
    return change(
        "add a rule to " + chain,
        NfTables.NFT_MSG_NEWRULE,
        Netlink.NLM_F_CREATE | Netlink.NLM_F_APPEND,
        payload);
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  /**
   * The messages with the markers around them.
   *
   * @param acknowledged whether the last change asks for an answer, which says that all were made
   */
  List<NetlinkRequest> requests(boolean acknowledged) {
    List<NetlinkRequest> requests = new ArrayList<>();
    requests.add(marker(NfTables.NFNL_MSG_BATCH_BEGIN));
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      int ack = acknowledged && i == changes.size() - 1 ? Netlink.NLM_F_ACK : 0;
      requests.add(
          NetlinkRequest.of(
              change.tried, NfTables.message(change.type), change.flags | ack, change.payload));
    }
    requests.add(marker(NfTables.NFNL_MSG_BATCH_END));
    return requests;
  }

  private NetlinkRequest marker(int type) {
    return NetlinkRequest.of(
        "change nftables (" + changes.get(0).tried + " ...)",
        type,
        0,
        new PayloadWriter().u8(0).u8(0).u16be(NfTables.NFNL_SUBSYS_NFTABLES));
  }

  private static PayloadWriter header(Table table) {
    return new PayloadWriter().u8(table.family().number()).u8(0).u16be(0);
  }

  private Batch change(String tried, int type, int flags, PayloadWriter payload) {
    changes.add(new Change(tried, type, flags, payload));
    return this;
  }

  private static void expression(PayloadWriter list, Expression expression) {
    list.nested(
        NfTables.NFTA_LIST_ELEM | Netlink.NLA_F_NESTED,
        out ->
            out.attributeString(NfTables.NFTA_EXPR_NAME, expression.name())
                .nested(NfTables.NFTA_EXPR_DATA | Netlink.NLA_F_NESTED, expression::write));
  }

  private static void elements(PayloadWriter payload, List<SetElement> elements) {
    payload.nested(
        NfTables.NFTA_SET_ELEM_LIST_ELEMENTS | Netlink.NLA_F_NESTED,
        list -> {
          for (int i = 0; i < elements.size(); i++) {
            SetElement element = elements.get(i);
            list.nested((i + 1) | Netlink.NLA_F_NESTED, out -> element(out, element));
          }
        });
  }

  private static void element(PayloadWriter out, SetElement element) {
    if (element.intervalEnd()) {
      out.attributeU32be(NfTables.NFTA_SET_ELEM_FLAGS, NfTables.NFT_SET_ELEM_INTERVAL_END);
    }
    out.nested(
        NfTables.NFTA_SET_ELEM_KEY | Netlink.NLA_F_NESTED,
        key -> key.attribute(NfTables.NFTA_DATA_VALUE, element.key()));
    if (element.data() != null) {
      out.nested(
          NfTables.NFTA_SET_ELEM_DATA | Netlink.NLA_F_NESTED,
          data -> data.attribute(NfTables.NFTA_DATA_VALUE, element.data()));
    }
    if (!element.comment().isEmpty()) {
      out.attribute(
          NfTables.NFTA_SET_ELEM_USERDATA,
          comment(NfTables.NFTNL_UDATA_SET_ELEM_COMMENT, element.comment()));
    }
  }

  /** A comment as nft keeps it: type, length, text, zero. */
  private static byte[] comment(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, COMMENT_MAX - 1);
    return new PayloadWriter()
        .u8(type)
        .u8(length + 1)
        .bytes(java.util.Arrays.copyOf(bytes, length))
        .u8(0)
        .toBytes();
  }
}

package io.sandjar.netbridge.nft;

/** The numbers of linux/netfilter/nf_tables.h and nfnetlink.h that this package uses. */
final class NfTables {
  static final int NFNL_SUBSYS_CTNETLINK = 1;
  static final int NFNL_SUBSYS_NFTABLES = 10;
  static final int NFNL_MSG_BATCH_BEGIN = 0x10;
  static final int NFNL_MSG_BATCH_END = 0x11;

  /** struct nfgenmsg: family, version, resource. */
  static final int NFGENMSG = 4;

  static final int NFT_MSG_NEWTABLE = 0;
  static final int NFT_MSG_DELTABLE = 2;
  static final int NFT_MSG_NEWCHAIN = 3;
  static final int NFT_MSG_GETCHAIN = 4;
  static final int NFT_MSG_NEWRULE = 6;
  static final int NFT_MSG_GETRULE = 7;
  static final int NFT_MSG_NEWSET = 9;
  static final int NFT_MSG_GETSET = 10;
  static final int NFT_MSG_NEWSETELEM = 12;
  static final int NFT_MSG_GETSETELEM = 13;
  static final int NFT_MSG_DELSETELEM = 14;
  static final int NFT_MSG_GETGEN = 16;

  static final int NFTA_GEN_ID = 1;

  static final int NFTA_TABLE_NAME = 1;
  static final int NFTA_TABLE_FLAGS = 2;

  static final int NFTA_CHAIN_TABLE = 1;
  static final int NFTA_CHAIN_NAME = 3;
  static final int NFTA_CHAIN_HOOK = 4;
  static final int NFTA_CHAIN_POLICY = 5;
  static final int NFTA_CHAIN_TYPE = 7;
  static final int NFTA_HOOK_HOOKNUM = 1;
  static final int NFTA_HOOK_PRIORITY = 2;

  static final int NFTA_RULE_TABLE = 1;
  static final int NFTA_RULE_CHAIN = 2;
  static final int NFTA_RULE_EXPRESSIONS = 4;
  static final int NFTA_RULE_USERDATA = 7;
  static final int NFTNL_UDATA_RULE_COMMENT = 0;

  static final int NFTA_LIST_ELEM = 1;
  static final int NFTA_EXPR_NAME = 1;
  static final int NFTA_EXPR_DATA = 2;

  static final int NFTA_SET_TABLE = 1;
  static final int NFTA_SET_NAME = 2;
  static final int NFTA_SET_FLAGS = 3;
  static final int NFTA_SET_KEY_TYPE = 4;
  static final int NFTA_SET_KEY_LEN = 5;
  static final int NFTA_SET_DATA_TYPE = 6;
  static final int NFTA_SET_DATA_LEN = 7;
  static final int NFTA_SET_ID = 10;
  static final int NFTA_SET_USERDATA = 13;
  static final int NFT_SET_INTERVAL = 0x4;
  static final int NFT_SET_MAP = 0x8;

  static final int NFTA_SET_ELEM_LIST_TABLE = 1;
  static final int NFTA_SET_ELEM_LIST_SET = 2;
  static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
  static final int NFTA_SET_ELEM_LIST_SET_ID = 4;
  static final int NFTA_SET_ELEM_KEY = 1;
  static final int NFTA_SET_ELEM_DATA = 2;
  static final int NFTA_SET_ELEM_FLAGS = 3;
  static final int NFTA_SET_ELEM_USERDATA = 6;
  static final int NFTNL_UDATA_SET_ELEM_COMMENT = 0;
  static final int NFT_SET_ELEM_INTERVAL_END = 1;

  static final int NFTA_DATA_VALUE = 1;
  static final int NFTA_DATA_VERDICT = 2;
  static final int NFTA_VERDICT_CODE = 1;
  static final int NFTA_VERDICT_CHAIN = 2;

  static final int NF_DROP = 0;
  static final int NF_ACCEPT = 1;

  static final int NFT_REG_VERDICT = 0;
  static final int NFT_REG_1 = 1;
  static final int NFT_REG_2 = 2;
  static final int NFT_REG32_00 = 8;

  private NfTables() {}

  /** A message type of nftables: the subsystem is its upper byte. */
  static int message(int type) {
    return NFNL_SUBSYS_NFTABLES << 8 | type;
  }
}

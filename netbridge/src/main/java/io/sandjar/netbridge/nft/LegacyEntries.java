package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.nft.ForwardRules.Step;
import io.sandjar.netbridge.nft.ForwardRules.Verdict;
import io.sandjar.netbridge.nft.ForwardRules.Way;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The rules of an x_tables table as the kernel hands them out: one behind the other, with jumps by
 * offset. A chain goes by the offset of its first rule here, and ends with a rule for every packet:
 * its policy, or a return.
 */
final class LegacyEntries {
  static final Layout IPV4 = new Layout(8, 16, 80, 82, 0x02, 83, 88, 112);
  static final Layout IPV6 = new Layout(32, 64, 128, 131, 0x04, 132, 140, 168);

  /** struct xt_standard_target: size, name (empty for these), revision, verdict. */
  private static final int TARGET_NAME = 2;

  private static final int TARGET_VERDICT = 32;

  /** XT_RETURN: minus NF_REPEAT, minus one. */
  private static final int VERDICT_RETURN = -5;

  /** A verdict is kept as its complement. */
  private static final int VERDICT_DROP = -NfTables.NF_DROP - 1;

  private static final int VERDICT_ACCEPT = -NfTables.NF_ACCEPT - 1;

  /** struct xt_entry_match: size, name, revision. */
  private static final int MATCH_NAME = 2;

  private static final int EXTENSION_NAME_BYTES = 29;

  /**
   * Where things are in struct ipt_entry or ip6t_entry.
   *
   * @param masks of the source and the destination address
   * @param links the names of the incoming and the outgoing link, then their masks
   * @param gotoFlag IPT_F_GOTO or IP6T_F_GOTO
   * @param targetOffset how far the target is; the next rule's distance is behind it
   * @param bytes where the matches begin
   */
  record Layout(
      int masks,
      int links,
      int protocol,
      int flags,
      int gotoFlag,
      int inverted,
      int targetOffset,
      int bytes) {}

  private final ByteBuffer entries;
  private final Layout layout;
  private final byte[] bridge;

  LegacyEntries(ByteBuffer entries, Layout layout, String bridge) {
    this.entries = entries;
    this.layout = layout;
    this.bridge = Rule.interfaceName(bridge);
  }

  /**
   * The ways on which a base chain drops the bridge's packets.
   *
   * @param chain the offset of its first rule
   * @param policy that of its last one, where a return leads to
   */
  List<Way> dropped(int chain, int policy) {
    boolean drops = entries.getInt(policy + targetOffset(policy) + TARGET_VERDICT) == VERDICT_DROP;
    return new ForwardRules(offset -> chain(Integer.parseInt(offset)))
        .dropped(Integer.toString(chain), drops);
  }

  private List<Step> chain(int offset) {
    List<Step> steps = new ArrayList<>();
    int at = offset;
    while (at + layout.bytes() <= entries.limit()) {
      Set<Way> certain = certain(at);
      int next = at + Short.toUnsignedInt(entries.getShort(at + layout.targetOffset() + 2));
      Step step = step(at, next, certain);
      steps.add(step);
      boolean end =
          certain.size() == Way.values().length
              && switch (step.verdict()) {
                case ACCEPT, DROP, RETURN, GOTO -> true;
                case JUMP, NONE -> false;
              };
      if (end || next == at) {
        break;
      }
      at = next;
    }
    return steps;
  }

  private Step step(int entry, int next, Set<Way> certain) {
    int target = entry + targetOffset(entry);
    String extension = name(target + TARGET_NAME);
    if (!extension.isEmpty()) {
      return new Step(certain, extension.equals("REJECT") ? Verdict.DROP : Verdict.NONE, "");
    }
    int verdict = entries.getInt(target + TARGET_VERDICT);
    if (verdict >= 0) {
      boolean goes = (entries.get(entry + layout.flags()) & layout.gotoFlag()) != 0;
      Verdict jump = goes ? Verdict.GOTO : Verdict.JUMP;
      return new Step(certain, verdict == next ? Verdict.NONE : jump, Integer.toString(verdict));
    }
    return new Step(
        certain,
        switch (verdict) {
          case VERDICT_ACCEPT -> Verdict.ACCEPT;
          case VERDICT_DROP -> Verdict.DROP;
          case VERDICT_RETURN -> Verdict.RETURN;
          default -> Verdict.NONE;
        },
        "");
  }

  /** The ways on which every packet meets the rule's conditions. */
  private Set<Way> certain(int entry) {
    Set<Way> certain = EnumSet.noneOf(Way.class);
    int in = entry + layout.links();
    int out = in + Rule.IFNAMSIZ;
    boolean others =
        isZero(entry + layout.masks(), layout.links() - layout.masks())
            && isZero(entry + layout.protocol(), 2)
            && (entries.get(entry + layout.flags()) & ~layout.gotoFlag()) == 0
            && isZero(entry + layout.inverted(), 1)
            && onlyComments(entry);
    if (others && isBridge(in) && isAny(out)) {
      certain.add(Way.FROM);
    }
    if (others && isBridge(out) && isAny(in)) {
      certain.add(Way.TO);
    }
    return certain;
  }

  private boolean isAny(int link) {
    return isZero(link + 2 * Rule.IFNAMSIZ, Rule.IFNAMSIZ);
  }

  /** Also where no name is asked for, whose mask is empty. */
  private boolean isBridge(int link) {
    for (int i = 0; i < Rule.IFNAMSIZ; i++) {
      byte mask = entries.get(link + 2 * Rule.IFNAMSIZ + i);
      if (((entries.get(link + i) ^ bridge[i]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean onlyComments(int entry) {
    int end = entry + targetOffset(entry);
    for (int match = entry + layout.bytes(); match < end; ) {
      int size = Short.toUnsignedInt(entries.getShort(match));
      if (size == 0 || !name(match + MATCH_NAME).equals("comment")) {
        return false;
      }
      match += size;
    }
    return true;
  }

  private int targetOffset(int entry) {
    return Short.toUnsignedInt(entries.getShort(entry + layout.targetOffset()));
  }

  private boolean isZero(int from, int bytes) {
    for (int at = from; at < from + bytes; at++) {
      if (entries.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private String name(int at) {
    byte[] bytes = new byte[EXTENSION_NAME_BYTES];
    entries.get(at, bytes);
    String text = new String(bytes, StandardCharsets.US_ASCII);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}

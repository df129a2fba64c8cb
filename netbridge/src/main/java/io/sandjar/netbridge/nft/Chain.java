package io.sandjar.netbridge.nft;

/**
 * A chain of rules.
 *
 * @param base where the kernel enters it, or null for one that is only jumped to
 */
public record Chain(Table table, String name, Base base) {

  /** A base chain's place: {@code type nat hook prerouting priority -100; policy accept}. */
  public record Base(String type, Hook hook, int priority, Policy policy) {}

  /** NF_INET_* hooks of the families inet, ip and ip6. */
  public enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING;

    int number() {
      return ordinal();
    }
  }

  /** What becomes of a packet that no rule decided. */
  public enum Policy {
    DROP(NfTables.NF_DROP),
    ACCEPT(NfTables.NF_ACCEPT);

    private final int number;

    Policy(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** The priorities that {@code nft} has names for, as numbers of linux/netfilter_ipv4.h. */
  public static final int PRIORITY_RAW = -300;

  public static final int PRIORITY_DSTNAT = -100;
  public static final int PRIORITY_FILTER = 0;
  public static final int PRIORITY_SRCNAT = 100;

  /** This chain, entered by the kernel; packets that no rule decides go on. */
  public Chain at(String type, Hook hook, int priority) {
    return new Chain(table, name, new Base(type, hook, priority, Policy.ACCEPT));
  }

  @Override
  public String toString() {
    return "chain " + name + " of " + table;
  }
}

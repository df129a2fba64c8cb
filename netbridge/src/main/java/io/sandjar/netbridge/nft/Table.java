package io.sandjar.netbridge.nft;

/** A table: {@code table inet sandjar}. */
public record Table(Family family, String name) {

  /** A chain that only other chains jump to. */
  public Chain chain(String chain) {
    return new Chain(this, chain, null);
  }

  @Override
  public String toString() {
    return "table " + family + " " + name;
  }
}

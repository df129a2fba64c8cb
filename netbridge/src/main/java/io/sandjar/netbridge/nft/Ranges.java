package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Networks as an interval set keeps them: sorted, joined, each range by its start and its end. */
final class Ranges {
  private record Range(BigInteger start, BigInteger end) {}

  private Ranges() {}

  /** The elements for those of the networks that are of this family; overlaps are joined. */
  static List<SetElement> of(Collection<Cidr> networks, IpFamily family) {
    List<Range> ranges =
        networks.stream()
            .filter(network -> network.family() == family)
            .map(
                network -> {
                  BigInteger start = new BigInteger(1, network.network().address().getAddress());
                  return new Range(start, start.add(network.size()));
                })
            .sorted(Comparator.comparing(Range::start))
            .toList();
    List<Range> joined = new ArrayList<>();
    for (Range range : ranges) {
      Range last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null && range.start().compareTo(last.end()) <= 0) {
        joined.set(joined.size() - 1, new Range(last.start(), last.end().max(range.end())));
      } else {
        joined.add(range);
      }
    }
    return elements(joined, family);
  }

  private static List<SetElement> elements(List<Range> ranges, IpFamily family) {
    List<SetElement> elements = new ArrayList<>();
    BigInteger beyond = BigInteger.ONE.shiftLeft(family.bits());
    if (!ranges.isEmpty() && ranges.get(0).start().signum() > 0) {
      // What lies before the first range is outside: nft says so too, for the tree's sake.
      elements.add(new SetElement(key(BigInteger.ZERO, family), null, true, ""));
    }
    for (Range range : ranges) {
      elements.add(new SetElement(key(range.start(), family), null, false, ""));
      if (range.end().compareTo(beyond) < 0) {
        elements.add(new SetElement(key(range.end(), family), null, true, ""));
      }
    }
    return elements;
  }

  private static byte[] key(BigInteger value, IpFamily family) {
    byte[] number = value.toByteArray();
    byte[] key = new byte[family.bytes()];
    int count = Math.min(number.length, key.length);
    System.arraycopy(number, number.length - count, key, key.length - count, count);
    return key;
  }
}

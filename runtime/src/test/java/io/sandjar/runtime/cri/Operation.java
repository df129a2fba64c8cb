package io.sandjar.runtime.cri;

import java.util.List;
import java.util.Random;

/**
 * What a client of {@link Chaos} does next. It is drawn from the client's seed and the operation's
 * number alone, so that a replay does the same whatever failed before it.
 *
 * @param which of the things there are it is about: the same share of the way through their list
 * @param number what an exit code, or a stop's seconds, are drawn from
 * @param ends whether a container that it starts ends by itself
 */
record Operation(Kind kind, double which, int number, boolean ends) {
  enum Kind {
    RUN_POD,
    START,
    STOP,
    REMOVE,
    EXEC,
    PULL,
    REMOVE_IMAGE,
    REMOVE_POD
  }

  /** Starts are as frequent as most of the others together. */
  private static final List<Kind> DICE =
      List.of(
          Kind.RUN_POD,
          Kind.START,
          Kind.START,
          Kind.START,
          Kind.START,
          Kind.START,
          Kind.STOP,
          Kind.REMOVE,
          Kind.EXEC,
          Kind.PULL,
          Kind.REMOVE_IMAGE,
          Kind.REMOVE_POD);

  static Operation drawn(long seed, int number) {
    Random random = of(seed, number);
    return new Operation(
        DICE.get(random.nextInt(DICE.size())),
        random.nextDouble(),
        random.nextInt(1 << 16),
        random.nextBoolean());
  }

  /** What is drawn for one number, apart from what is drawn for the others. */
  static Random of(long seed, int number) {
    return new Random(seed + number * 0x9E3779B97F4A7C15L);
  }

  <T> T pick(List<T> of) {
    return of.get((int) (which * of.size()));
  }
}

package io.sandjar.runtime.cri;

import java.util.List;
import java.util.function.Consumer;

/** Cuts a long list into messages of a moderate size, for the streaming twins of the list RPCs. */
final class Chunks {
  private static final int ITEMS = 100;

  private Chunks() {}

  /** An empty list is one empty message: the client sees that it is complete. */
  static <T> void send(List<T> items, Consumer<List<T>> message) {
    if (items.isEmpty()) {
      message.accept(items);
    }
    for (int from = 0; from < items.size(); from += ITEMS) {
      message.accept(items.subList(from, Math.min(from + ITEMS, items.size())));
    }
  }
}

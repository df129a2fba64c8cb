package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sandjar.runtime.cri.Operation.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OperationTest {
  private static List<Operation> drawn(long seed) {
    return IntStream.range(0, 100).mapToObj(number -> Operation.drawn(seed, number)).toList();
  }

  @Test
  void aSeedIsReplayed() {
    assertEquals(drawn(77), drawn(77));
    assertNotEquals(drawn(77), drawn(78));
  }

  @Test
  void eachKindIsDrawn() {
    Set<Kind> kinds = drawn(1).stream().map(Operation::kind).collect(Collectors.toSet());
    assertEquals(EnumSet.allOf(Kind.class), kinds);
  }
}

package io.sandjar.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ElasticTabsTest {

  @Test
  void aColumnIsAsWideAsTheWidestOfTheLinesThatFollowEachOther() {
    assertEquals(
        "Name:       echo\nNamespace:  default\n", align("Name:\techo\nNamespace:\tdefault\n"));
  }

  @Test
  void aLineWithoutTheColumnEndsIt() {
    assertEquals("a  1\nno tab\nlonger  2", align("a\t1\nno tab\nlonger\t2"));
  }

  @Test
  void innerColumnsAreAlignedWithinTheOuterOnes() {
    assertEquals(
        "Events:\n  Type    Reason\n  Normal  Started\n",
        align("Events:\n  Type\tReason\n  Normal\tStarted\n"));
    assertEquals("a  x   1\nb  yy  2\n", align("a\tx\t1\nb\tyy\t2\n"));
  }

  @Test
  void charactersBeyondTheBasicPlaneCountOnce() {
    assertEquals("\uD83D\uDE00   1\nab  2", align("\uD83D\uDE00\t1\nab\t2"));
  }

  private static String align(String text) {
    return ElasticTabs.align(text);
  }
}

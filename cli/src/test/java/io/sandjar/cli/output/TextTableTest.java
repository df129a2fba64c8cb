package io.sandjar.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.cli.terminal.Screen;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TextTableTest {
  private static final List<List<String>> ROWS =
      List.of(List.of("NAME", "STATUS", "IP"), List.of("pod-1", "Running", "10.0.0.1"));

  @Test
  void columnsAreAsWideAsTheirWidestCellAndAGap() {
    assertEquals(
        """
        NAME    STATUS    IP
        pod-1   Running   10.0.0.1
        """,
        TextTable.text(ROWS));
  }

  @Test
  void aCellThatDoesNotFitIsCut() {
    assertEquals("NAME    STATUS    IP\npod-1   Running   10.…\n", onScreen(22));
  }

  @Test
  void columnsThatDoNotFitAreToldOf() {
    assertEquals("NAME    STATUS…\npod-1   Running…\n", onScreen(17));
    assertEquals("NAME    STATU…\npod-1   Runni…\n", onScreen(14));
    assertEquals("NAME…\npod-1…\n", onScreen(8));
  }

  @Test
  void emptyCellsAtTheEndNeedNoRoom() {
    var rows = List.of(List.of("A", "B"), List.of("0123456789", ""));
    assertEquals(
        "A…\n0123456789\n", new TextTable(new Screen(OptionalInt.of(10), false)).text(rows, true));
  }

  @Test
  void aStateIsPaintedWhereThereAreColours() {
    var text = new TextTable(new Screen(OptionalInt.empty(), true)).text(ROWS, false);
    assertEquals("pod-1   \u001b[32mRunning\u001b[0m   10.0.0.1\n", text);
  }

  private static String onScreen(int width) {
    return new TextTable(new Screen(OptionalInt.of(width), false)).text(ROWS, true);
  }
}

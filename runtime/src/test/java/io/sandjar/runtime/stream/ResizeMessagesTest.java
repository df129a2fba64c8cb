package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizeMessagesTest {

  @Test
  void sizesAreFoundWhateverStandsBetweenThem() {
    var messages = new ResizeMessages();
    var sizes = new ArrayList<TerminalSize>();
    String text =
        "{\"Width\":1,\"Height\":2} null} }[[[}{\"Width\":\"x\"}{\"Width\":3,\"Height\":4}";
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      messages.accept(next).ifPresent(sizes::add);
    }
    assertEquals(
        List.of(new TerminalSize(1, 2), new TerminalSize(0, 0), new TerminalSize(3, 4)), sizes);
  }
}

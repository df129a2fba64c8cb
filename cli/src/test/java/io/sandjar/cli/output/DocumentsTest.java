package io.sandjar.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentsTest {

  /** What a parser of YAML 1.1 would take for something else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes",
        "No",
        "on",
        "OFF",
        "true",
        "null",
        "~",
        "y",
        "1",
        "-1",
        "0x1f",
        "1_000",
        "1e3",
        ".5",
        "12:30",
        "1:2:3",
        ".inf",
        "2026-01-31",
        "2026-01-31T12:00:00Z"
      })
  void whatCouldBeReadAsSomethingElseIsQuoted(String text) {
    assertEquals("a: \"" + text + "\"\n", Documents.yaml(Map.of("a", text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "v1", "1.2.3", "10Mi", "nginx:1.25", "12:99", "one two"})
  void plainStringsStayPlain(String text) {
    assertEquals("a: " + text + "\n", Documents.yaml(Map.of("a", text)));
  }

  @Test
  void severalLinesAreABlock() {
    assertEquals("a: |\n  one\n  two\n", Documents.yaml(Map.of("a", "one\ntwo\n")));
    assertEquals("a: |-\n  one\n  two\n", Documents.yaml(Map.of("a", "one\ntwo")));
  }

  @Test
  void jsonIsIndentedAsKubectlsIs() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("a", List.of(1, "x"));
    tree.put("b", Map.of());
    assertEquals(
        "{\n    \"a\": [\n        1,\n        \"x\"\n    ],\n    \"b\": {}\n}\n",
        Documents.json(tree));
  }

  @Test
  void jsonIsReadAsItWasWritten() throws IOException {
    var text =
        """
        {"int": 7, "long": 12345678901, "big": 123456789012345678901234567890, "float": -1.5e3,
         "text": "\\u00e4\\n", "yes": true, "no": false, "nothing": null, "list": [[], {}, -3]}
        """;
    var tree = JsonReader.object(text);
    assertEquals(7, tree.get("int"));
    assertEquals(12345678901L, tree.get("long"));
    assertEquals("123456789012345678901234567890", tree.get("big").toString());
    assertEquals(-1500.0, tree.get("float"));
    assertEquals("\u00e4\n", tree.get("text"));
    assertEquals(List.of(List.of(), Map.of(), -3), tree.get("list"));
    assertEquals("[int, long, big, float, text, yes, no, nothing, list]", tree.keySet().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "\"a\"", "{\"a\":", "{\"a\" 1}", "nonsense"})
  void whatIsNoObjectIsRefused(String text) {
    assertThrows(IOException.class, () -> JsonReader.object(text));
  }
}

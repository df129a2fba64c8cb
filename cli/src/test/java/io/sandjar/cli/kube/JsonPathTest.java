package io.sandjar.cli.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.output.JsonReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPathTest {
  private static final String TREE =
      """
      {"a": {"b": 1, "c.d": 2}, "list": [10, 20, 30],
       "items": [{"name": "x", "n": 1, "ok": true}, {"name": "y", "n": 2}, {"name": "z", "n": 3}]}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        ".a.b # [1]",
        "a.b # [1]",
        "$.a.b # [1]",
        ".a['c.d'] # [2]",
        ".a.c\\.d # [2]",
        ".list[0] # [10]",
        ".list[-1] # [30]",
        ".list[-2] # [20]",
        ".list[0:2] # [10, 20]",
        ".list[1:] # [20, 30]",
        ".list[:-1] # [10, 20]",
        ".list[::2] # [10, 30]",
        ".list[0,2] # [10, 30]",
        ".list[*] # [10, 20, 30]",
        ".list[7] # []",
        ".nothing.at.all # []",
        ".items[*].name # [x, y, z]",
        "..n # [1, 2, 3]",
        ".items[?(@.name==\"y\")].n # [2]",
        ".items[?(@.name!='y')].n # [1, 3]",
        ".items[?(@.n>1)].name # [y, z]",
        ".items[?(@.n<=2)].name # [x, y]",
        ".items[?(@.ok)].name # [x]",
        ".a.* # [1, 2]"
      })
  void aPathLeadsToItsValues(String path, String values) throws IOException {
    assertEquals(values, new JsonPath(path).values(JsonReader.object(TREE)).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {".list[x]", ".list[0", ".items[?(name)]", ".list[1:2:0]"})
  void whatIsNoPathIsRefused(String path) {
    assertThrows(CommandException.class, () -> new JsonPath(path).values(JsonReader.object(TREE)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{.a.b} # 1",
        ".a.b # 1",
        "b is {.a.b}! # b is 1!",
        "{.items[*].name} # x y z",
        "{range .items[*]}{.name}={.n}{\";\"}{end} # x=1;y=2;z=3;",
        "{range .items[*]}[{range .none[*]}never{end}{.name}]{end} # [x][y][z]",
        "{.a} # {\"b\":1,\"c.d\":2}"
      })
  void aTemplateIsFilledIn(String template, String text) throws IOException {
    assertEquals(text, JsonPathTemplate.fill(template, JsonReader.object(TREE)));
  }

  @Test
  void aTemplateMayHaveQuotedLineEndsAndBraces() {
    assertEquals("a\n}\t", JsonPathTemplate.fill("{\"a\\n}\\t\"}", List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{.a", "{range .items[*]}{.name}"})
  void aTemplateWithoutItsEndIsRefused(String template) {
    assertThrows(
        CommandException.class, () -> JsonPathTemplate.fill(template, JsonReader.object(TREE)));
  }
}

package io.sandjar.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/SECURITY.md promises nothing without a test. */
class SecurityPromisesTest {
  private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

  /** {@code Class}, {@code Class.method}, or {@code .method} of the class named before. */
  private static final Pattern NAMED = Pattern.compile("`([A-Za-z]+(?:IT|Test))?(?:\\.(\\w+))?`");

  @Test
  void everyTestThatIsNamedIsThere() throws IOException {
    Map<String, String> tests = tests();
    List<String> missing = new ArrayList<>();
    int promises = 0;
    for (String line : Files.readAllLines(CHECKOUT.resolve("docs/SECURITY.md"))) {
      String[] cells = line.split("\\|");
      if (cells.length != 4 || cells[1].isBlank() || cells[3].strip().equals("test")) {
        continue;
      }
      if (cells[3].startsWith("---")) {
        continue;
      }
      promises++;
      Matcher named = NAMED.matcher(cells[3]);
      String owner = null;
      while (named.find()) {
        owner = named.group(1) == null ? owner : named.group(1);
        String source = tests.getOrDefault(owner, "");
        String method = named.group(2);
        if (source.isEmpty() || method != null && !source.contains("void " + method + "(")) {
          missing.add(owner + (method == null ? "" : "." + method));
        }
      }
      assertTrue(owner != null, "no test is named for:" + cells[1]);
    }
    assertTrue(promises > 20, "the tables are not read as they are written");
    assertEquals(List.of(), missing);
  }

  /** The sources of all test classes by name. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("netbridge", "runtime", "cli")) {
      try (var files = Files.walk(CHECKOUT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.put(name, Files.readString(file));
        }
      }
    }
    return sources;
  }
}

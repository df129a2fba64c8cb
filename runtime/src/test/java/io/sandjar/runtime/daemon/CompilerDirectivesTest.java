package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which code the daemon's JVM works harder for: scripts/compile.json. */
class CompilerDirectivesTest {
  private static final Path FILE = Path.of("..", "scripts", "compile.json");

  @Test
  void theJvmReadsThem() throws Exception {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:CompilerDirectivesFile=" + FILE,
                "-Xint",
                "-version")
            .redirectErrorStream(true)
            .start();
    String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, java.waitFor(), said);
    assertTrue(said.contains("2 compiler directives added"), said);
  }

  /** What moves elsewhere would be slower by ten times, and nobody would notice. */
  @Test
  void whatTheyNameIsThere() throws Exception {
    List<String> patterns =
        Pattern.compile("\"(\\w[\\w/*]*)\\.\\*\"")
            .matcher(Files.readString(FILE))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertTrue(patterns.contains("sun/security/provider/SHA2*"), patterns.toString());
    for (String pattern : patterns) {
      String name = pattern.replaceFirst("/?\\*$", "");
      assertTrue(pattern.endsWith("/*") ? isPackage(name) : isClass(name), pattern);
    }
  }

  private static boolean isClass(String name) throws ClassNotFoundException {
    return Class.forName(
            name.replace('/', '.'), false, CompilerDirectivesTest.class.getClassLoader())
        != null;
  }

  private static boolean isPackage(String folder) {
    return CompilerDirectivesTest.class.getClassLoader().getResource(folder) != null
        || ModuleLayer.boot().modules().stream()
            .flatMap(module -> module.getPackages().stream())
            .anyMatch(name -> name.startsWith(folder.replace('/', '.') + "."));
  }
}

package bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import javax.management.JMException;
import javax.management.ObjectName;

/** The compilers of this JVM. */
final class Compilers {
  private static final String NOTHING_MORE = "[{ match: \"*.*\", c2: { Exclude: true } }]";

  private Compilers() {}

  /**
   * What was called often enough is as fast as it gets, and the rest stays as it is: one compilation of the second
   * compiler has a processor for ten milliseconds, and the kernel leaves a process of the measured runtime waiting that
   * was just forked to there.
   */
  static void rest() throws IOException {
    var directives = Files.createTempFile("sandjar-bench", ".json");
    try {
      Files.writeString(directives, NOTHING_MORE);
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "compilerDirectivesAdd",
              new Object[] {new String[] {directives.toString()}},
              new String[] {String[].class.getName()});
    } catch (JMException failed) {
      throw new IOException("cannot direct this JVM's compilers", failed);
    } finally {
      Files.delete(directives);
    }
  }
}

package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerIT {
  @TempDir Path folder;
  private Busybox busybox;

  @BeforeEach
  void start() throws Exception {
    busybox = new Busybox(folder);
  }

  @AfterEach
  void stop() {
    busybox.close();
  }

  @Test
  void aContainerRunsItsCommandAndReportsItsExitCode() throws Exception {
    Busybox.Outcome outcome = busybox.run(new Options().script("echo hello; exit 7"));
    assertEquals("hello\n", outcome.output());
    assertEquals(7, outcome.exit().code());
  }
}

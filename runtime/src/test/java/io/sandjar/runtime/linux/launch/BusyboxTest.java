package io.sandjar.runtime.linux.launch;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test of containers made of busybox; what it leaves running is ended after it. */
abstract class BusyboxTest {
  @TempDir Path folder;
  Busybox busybox;

  @BeforeEach
  void start() throws Exception {
    busybox = new Busybox(folder);
  }

  @AfterEach
  void stop() throws Exception {
    busybox.close();
  }
}

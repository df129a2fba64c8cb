package io.sandjar.runtime.cri;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of chaos; {@code scripts/chaos} makes long ones. */
class ChaosIT {
  private static final int ROUNDS = 2;
  private static final int OPERATIONS = 25;

  @Test
  void afterRandomOperationsUnderRandomKillsEverythingIsAccountedFor(@TempDir Path folder)
      throws Exception {
    long seed = Long.getLong("sandjar.chaos.seed", System.nanoTime() & 0xffffff);
    new Chaos(folder, seed, Integer.getInteger("sandjar.chaos.rounds", ROUNDS), OPERATIONS).run();
  }
}

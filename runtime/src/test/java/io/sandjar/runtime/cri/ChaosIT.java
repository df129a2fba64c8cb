package io.sandjar.runtime.cri;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A short run of chaos, which draws the same each time so that a build fails for what was changed;
 * {@code scripts/chaos} makes long ones, of a new seed each.
 */
class ChaosIT {
  private static final int ROUNDS = 2;
  private static final int OPERATIONS = 25;

  @Test
  void afterRandomOperationsUnderRandomKillsEverythingIsAccountedFor(@TempDir Path folder)
      throws Exception {
    long seed = Long.getLong("sandjar.chaos.seed", 77);
    new Chaos(folder, seed, Integer.getInteger("sandjar.chaos.rounds", ROUNDS), OPERATIONS).run();
  }
}

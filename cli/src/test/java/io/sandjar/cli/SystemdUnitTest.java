package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The service's unit says all that keeps containers apart from the daemon's own life. */
class SystemdUnitTest {

  @Test
  void theUnitLeavesContainersAloneAndWaitsForReadiness() throws IOException {
    var unit = Files.readAllLines(Lab.checkout().resolve("scripts/systemd/sandjar.service"));
    Map<String, String> directives =
        unit.stream()
            .filter(line -> line.matches("[A-Za-z]+=.*"))
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    Map.of(
            "Type", "notify",
            "NotifyAccess", "main",
            "KillMode", "process",
            "Delegate", "yes",
            "OOMPolicy", "continue",
            "TasksMax", "infinity",
            "Restart", "always",
            "WantedBy", "multi-user.target")
        .forEach((name, value) -> assertEquals(value, directives.get(name), name));
    assertTrue(directives.get("ExecStart").endsWith("sandjar daemon"), directives::toString);
  }
}

package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.linux.ProcessId;
import io.sandjar.runtime.linux.launch.MonitorRecord;
import io.sandjar.runtime.state.RecordJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContainerLifeTest {
  /** As the first version wrote it, which did not keep the command. */
  private static final String FIRST =
      """
      {"version": 1, "phase": "RUNNING", "bootId": "b", "startedAt": "2026-11-21T20:00:00Z",
       "monitor": {"monitor": {"pid": 11, "startTime": 111}, "container": {"pid": 12, "startTime": 112},
        "gate": 3, "status": 4, "exited": 5, "closeStdin": 6, "end": 7, "stdinWriter": -1,
        "terminal": -1, "devpts": 8, "held": [9, 10], "exitFile": "/run/x/exit"}}
      """;

  @Test
  void anOlderDaemonsMonitorIsKnownAllTheSame() throws Exception {
    ContainerLife life =
        RecordJson.read(ContainerLife.class, FIRST.getBytes(StandardCharsets.UTF_8));
    assertEquals(ContainerPhase.RUNNING, life.phase());
    MonitorRecord monitor = life.monitor().orElseThrow();
    assertEquals(new ProcessId(11, 111), monitor.monitor());
    assertEquals(new ProcessId(12, 112), monitor.container());
    assertEquals("", monitor.command());
    assertEquals(3, monitor.gate());
    assertEquals(8, monitor.devpts());
    assertEquals(List.of(9, 10), monitor.held());
    assertEquals("/run/x/exit", monitor.exitFile());
  }
}

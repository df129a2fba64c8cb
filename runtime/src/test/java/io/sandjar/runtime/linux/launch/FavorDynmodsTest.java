package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.linux.cgroup.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FavorDynmodsTest {
  private static final String V2 = "25 30 0:22 / /sys/fs/cgroup rw - cgroup2 c rw";
  private static final String V1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu";

  @TempDir private Path folder;

  @Test
  void theOtherOptionsAreKept() throws IOException {
    assertEquals(
        List.of("nsdelegate", "memory_recursiveprot", "favordynmods"),
        options(V2 + ",nsdelegate,memory_recursiveprot"));
  }

  @Test
  void whatIsOnIsNotSaidTwice() throws IOException {
    assertEquals(List.of("favordynmods", "nsdelegate"), options(V2 + ",favordynmods,nsdelegate"));
  }

  @Test
  void aMachineWithoutCgroup2GetsItAlone() throws IOException {
    assertEquals(List.of("favordynmods"), options(V1));
  }

  private List<String> options(String mounts) throws IOException {
    Path mountinfo = Files.writeString(folder.resolve("mountinfo"), mounts + "\n");
    return FavorDynmods.options(Cgroups.detect(mountinfo)).stream().map(Object::toString).toList();
  }
}

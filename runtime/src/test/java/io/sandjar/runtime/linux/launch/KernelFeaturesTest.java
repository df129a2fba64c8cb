package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFeaturesTest {
  @TempDir Path proc;

  @Test
  void groupsAreAtTheDaemonsWillUnlessItsUserNamespaceDeniesThem() throws Exception {
    Files.writeString(Files.createDirectory(proc.resolve("self")).resolve("setgroups"), "allow\n");
    assertTrue(new KernelFeatures(proc).supplementalGroups());
    Files.writeString(proc.resolve("self/setgroups"), "deny\n");
    assertFalse(new KernelFeatures(proc).supplementalGroups());
  }

  @Test
  void noUserNamespaceIsPromisedWhereTheSysctlForbidsThemOrIsMissing() throws Exception {
    assertFalse(new KernelFeatures(proc).userNamespaces());
    Path sysctl = Files.createDirectories(proc.resolve("sys/user")).resolve("max_user_namespaces");
    Files.writeString(sysctl, "0\n");
    assertFalse(new KernelFeatures(proc).userNamespaces());
    Files.writeString(sysctl, "1000\n");
    assertTrue(new KernelFeatures(proc).userNamespaces());
  }
}

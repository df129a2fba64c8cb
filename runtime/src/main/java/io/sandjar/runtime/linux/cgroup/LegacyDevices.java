package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** v1's device controller: a list that starts with everything and is narrowed. */
final class LegacyDevices {

  private LegacyDevices() {}

  static void replace(Path folder, List<DeviceRule> rules) throws IOException {
    if (rules.stream().anyMatch(DeviceRule::allowsAll)) {
      ControlFile.write(folder.resolve("devices.allow"), "a");
      return;
    }
    ControlFile.write(folder.resolve("devices.deny"), "a");
    for (DeviceRule rule : rules) {
      // "a" means everything here whatever follows it, so a narrower rule is written for each kind.
      if (rule.kind() == DeviceRule.Kind.ANY) {
        allow(folder, new DeviceRule(DeviceRule.Kind.BLOCK, rule));
        allow(folder, new DeviceRule(DeviceRule.Kind.CHARACTER, rule));
      } else {
        allow(folder, rule);
      }
    }
  }

  private static void allow(Path folder, DeviceRule rule) throws IOException {
    ControlFile.write(folder.resolve("devices.allow"), rule.legacy());
  }
}

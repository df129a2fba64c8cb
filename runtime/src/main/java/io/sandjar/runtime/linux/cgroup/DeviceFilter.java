package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Fd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The device rules of a v2 cgroup: an eBPF program attached to its folder. Replacing it is atomic:
 * no access is judged by neither or by half.
 */
final class DeviceFilter {

  private DeviceFilter() {}

  static void replace(Path folder, List<DeviceRule> rules) throws IOException {
    try (Fd cgroup = OpenFile.folder(folder)) {
      List<Integer> attached = Bpf.attachedDevicePrograms(cgroup, folder);
      if (rules.stream().anyMatch(DeviceRule::allowsAll)) {
        // Programs can only narrow, and every program above is asked as well: none allows all.
        for (int id : attached) {
          try (Fd old = Bpf.programById(id)) {
            Bpf.detachDeviceProgram(cgroup, old, folder);
          }
        }
        return;
      }
      try (Fd program = Bpf.loadDeviceProgram(DeviceProgram.allowing(rules))) {
        attach(cgroup, program, attached, folder);
      }
    }
  }

  private static void attach(Fd cgroup, Fd program, List<Integer> attached, Path folder)
      throws IOException {
    if (attached.size() == 1) {
      try (Fd old = Bpf.programById(attached.get(0))) {
        Bpf.replaceDeviceProgram(cgroup, program, old, folder);
      }
      return;
    }
    Bpf.attachDeviceProgram(cgroup, program, folder);
    // More than one is not of our making; all of them must agree, so the old ones go last.
    for (int id : attached) {
      try (Fd old = Bpf.programById(id)) {
        Bpf.detachDeviceProgram(cgroup, old, folder);
      }
    }
  }
}

package io.sandjar.runtime.linux.cgroup;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/** Limits as systemd's settings, so that it does not undo what is written to the cgroup itself. */
final class SystemdProperties {

  /** What systemd takes for infinity. */
  private static final UInt64 INFINITY = new UInt64(UInt64.MAX_BIG_VALUE);

  private static final long DEFAULT_PERIOD_MICROS = 100_000;
  private static final long MICROS = 1_000_000;

  /** systemd keeps quotas in steps of a hundredth of a second. */
  private static final long QUOTA_STEP_MICROS = 10_000;

  private SystemdProperties() {}

  /** A scope around processes, whose inside is its owner's alone. */
  static List<SystemdManager.Property> scope(String description, SliceName slice, int pid) {
    List<SystemdManager.Property> properties = accounted(description);
    properties.add(property("Slice", slice.name()));
    properties.add(property("Delegate", true));
    properties.add(
        new SystemdManager.Property("PIDs", new Variant<>(new UInt32[] {new UInt32(pid)}, "au")));
    // Killed and removed by us: systemd need not wait for anyone at shutdown.
    properties.add(property("DefaultDependencies", false));
    return properties;
  }

  static List<SystemdManager.Property> slice(String description) {
    List<SystemdManager.Property> properties = accounted(description);
    properties.add(property("DefaultDependencies", false));
    return properties;
  }

  private static List<SystemdManager.Property> accounted(String description) {
    List<SystemdManager.Property> properties = new ArrayList<>();
    properties.add(property("Description", description));
    for (String controller : List.of("CPU", "Memory", "IO", "Tasks")) {
      properties.add(property(controller + "Accounting", true));
    }
    return properties;
  }

  static List<SystemdManager.Property> limits(Resources resources) {
    List<SystemdManager.Property> properties = new ArrayList<>();
    resources
        .cpuShares()
        .ifPresent(shares -> properties.add(number("CPUWeight", CpuWeight.ofShares(shares))));
    if (resources.cpuQuota().isPresent()) {
      long period = resources.cpuPeriod().orElse(DEFAULT_PERIOD_MICROS);
      properties.add(limit("CPUQuotaPerSecUSec", perSecond(resources.cpuQuota(), period)));
    }
    resources.cpuPeriod().ifPresent(period -> properties.add(number("CPUQuotaPeriodUSec", period)));
    resources.memoryLimit().ifPresent(bytes -> properties.add(limit("MemoryMax", bytes)));
    resources.pidsLimit().ifPresent(tasks -> properties.add(limit("TasksMax", tasks)));
    cpuset("AllowedCPUs", resources.cpusetCpus(), properties);
    cpuset("AllowedMemoryNodes", resources.cpusetMems(), properties);
    return properties;
  }

  private static long perSecond(OptionalLong quota, long period) {
    if (quota.getAsLong() < 0) {
      return -1;
    }
    long micros = quota.getAsLong() * MICROS / period;
    return (micros + QUOTA_STEP_MICROS - 1) / QUOTA_STEP_MICROS * QUOTA_STEP_MICROS;
  }

  private static void cpuset(String name, String list, List<SystemdManager.Property> properties) {
    if (!list.isEmpty()) {
      properties.add(new SystemdManager.Property(name, new Variant<>(mask(list), "ay")));
    }
  }

  /** A list such as {@code 0-3,8} as a mask, the lowest byte first. */
  static byte[] mask(String list) {
    BitSet bits = new BitSet();
    try {
      for (String range : list.split(",")) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt((dash < 0 ? range : range.substring(0, dash)).strip());
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1).strip());
        bits.set(first, last + 1);
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "not a list of CPUs or memory nodes: \"" + list + "\"; it must look like 0-3,8", e);
    }
    return bits.toByteArray();
  }

  private static SystemdManager.Property property(String name, Object value) {
    return new SystemdManager.Property(name, new Variant<>(value));
  }

  private static SystemdManager.Property number(String name, long value) {
    return property(name, new UInt64(value));
  }

  private static SystemdManager.Property limit(String name, long value) {
    return value < 0 ? property(name, INFINITY) : number(name, value);
  }
}

package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The five capability sets that a process gets before its exec; a set is a mask of {@link
 * Capability#bit()}.
 *
 * <p>Inheritable is what ambient needs and no more: a wider one would let a file with inheritable
 * capabilities raise them (CVE-2022-24769).
 */
public record Capabilities(
    long bounding, long permitted, long effective, long inheritable, long ambient) {

  /** What a container has when nobody says otherwise: the set of Docker and containerd. */
  public static final Set<Capability> DEFAULT =
      Set.copyOf(
          EnumSet.of(
              Capability.CAP_CHOWN,
              Capability.CAP_DAC_OVERRIDE,
              Capability.CAP_FSETID,
              Capability.CAP_FOWNER,
              Capability.CAP_MKNOD,
              Capability.CAP_NET_RAW,
              Capability.CAP_SETGID,
              Capability.CAP_SETUID,
              Capability.CAP_SETFCAP,
              Capability.CAP_SETPCAP,
              Capability.CAP_NET_BIND_SERVICE,
              Capability.CAP_SYS_CHROOT,
              Capability.CAP_KILL,
              Capability.CAP_AUDIT_WRITE));

  private static final long DEFAULT_MASK = mask(DEFAULT);

  public static final Capabilities NONE = new Capabilities(0, 0, 0, 0, 0);

  private static final String ALL = "ALL";

  /** A set for bounding, permitted and effective, and the part of it that is ambient too. */
  public static Capabilities of(long granted, long ambient) {
    long kept = ambient & granted;
    return new Capabilities(granted, granted, granted, kept, kept);
  }

  /**
   * What a container gets.
   *
   * @param add names, or {@code ALL}
   * @param drop names, or {@code ALL}; a name here wins over the same name in {@code add}
   * @param ambient names; they are added as well, and dropped as well
   * @param available what the daemon itself may hand on, see {@link #available()}: a capability
   *     that it lacks is left out, see {@link #lacking}
   */
  public static Capabilities forContainer(
      Collection<String> add, Collection<String> drop, Collection<String> ambient, long available) {
    long granted = DEFAULT_MASK;
    if (hasAll(add) || hasAll(ambient)) {
      granted = available;
    }
    if (hasAll(drop)) {
      granted = 0;
    }
    granted |= named(add) | named(ambient);
    granted &= ~named(drop);
    granted &= available;
    return of(granted, hasAll(ambient) ? granted : named(ambient));
  }

  /** What a privileged container gets: all that the daemon has. */
  public static Capabilities privileged(long available) {
    return of(available, 0);
  }

  /** The capabilities asked for by name that the daemon cannot hand on. */
  public static List<Capability> lacking(Collection<String> add, long available) {
    return EnumSet.allOf(Capability.class).stream()
        .filter(each -> (named(add) & each.bit()) != 0 && (available & each.bit()) == 0)
        .toList();
  }

  /** This process's permitted capabilities. */
  public static long available() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapPrm:")) {
        return Long.parseUnsignedLong(line.substring("CapPrm:".length()).strip(), 16);
      }
    }
    throw new IOException("/proc/self/status has no CapPrm line: is /proc mounted?");
  }

  /** The number of the kernel's last capability: each up to it can be dropped from bounding. */
  public static int last() throws IOException {
    // One read of a whole buffer: a number's file has no more to say at an offset, and
    // Files.readString reads a single byte first.
    try (var file = Files.newBufferedReader(Path.of("/proc/sys/kernel/cap_last_cap"))) {
      return Integer.parseInt(file.readLine());
    }
  }

  public static long mask(Collection<Capability> capabilities) {
    return capabilities.stream().mapToLong(Capability::bit).reduce(0, (a, b) -> a | b);
  }

  /** The capabilities of a mask, in the kernel's order. */
  public static Set<Capability> set(long mask) {
    EnumSet<Capability> set = EnumSet.noneOf(Capability.class);
    for (Capability each : Capability.values()) {
      if ((mask & each.bit()) != 0) {
        set.add(each);
      }
    }
    return set;
  }

  private static boolean hasAll(Collection<String> names) {
    for (String name : names) {
      if (ALL.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  private static long named(Collection<String> names) {
    long mask = 0;
    for (String name : names) {
      if (!ALL.equalsIgnoreCase(name)) {
        mask |= Capability.named(name).bit();
      }
    }
    return mask;
  }
}

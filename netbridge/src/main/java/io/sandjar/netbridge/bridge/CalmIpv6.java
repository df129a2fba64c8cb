package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.sys.KernelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * What a pod's interface does of IPv6 by itself, set on a thread inside the sandbox's namespace.
 *
 * <p>Any pod on the bridge could otherwise advertise itself to the others as their router, so they
 * neither listen nor ask. Without an IPv6 address from the pool the interface does without IPv6;
 * with one nobody else can have it. Both spare all other pods the announcements.
 *
 * <p>Where it can, the interface is born without: to take IPv6 from a link that is there needs the
 * kernel's lock of all links, and a write to a sysctl does not wait for that but tries again and
 * again, on the processor that whoever holds it may need. Before Linux 6.9 that goes for what links
 * are born with, too, and nothing is gained.
 */
final class CalmIpv6 implements AutoCloseable {
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv6/conf");
  private static final String DISABLE = "disable_ipv6";
  private static final String YES = "1";
  private static final KernelVersion DEFAULT_WITHOUT_LOCK = new KernelVersion(6, 9);

  private final Attachment attachment;
  private final boolean ipv6;
  private String ofOthers = YES;

  private CalmIpv6(Attachment attachment) {
    this.attachment = attachment;
    this.ipv6 = attachment.addresses().stream().anyMatch(a -> a.family() == IpFamily.IPV6);
  }

  /**
   * Before the interface is there, or soon after: both are well. Only for a sandbox in which nobody
   * makes links meanwhile, since they would be born the same.
   */
  static CalmIpv6 expecting(Attachment attachment) throws IOException {
    CalmIpv6 calm = new CalmIpv6(attachment);
    if (!calm.ipv6 && KernelVersion.ofThisMachine().compareTo(DEFAULT_WITHOUT_LOCK) >= 0) {
      try {
        calm.ofOthers = read("default");
        disable("default");
      } catch (NoSuchFileException kernelWithoutIpv6) {
        // Nothing is to be kept quiet.
      }
    }
    return calm;
  }

  /** For a sandbox with life in it: nothing happens before the interface is there. */
  static CalmIpv6 amongOthers(Attachment attachment) {
    return new CalmIpv6(attachment);
  }

  /** Once it is there. */
  void born() throws IOException {
    String link = attachment.podInterface();
    try {
      if (ipv6) {
        for (String setting : List.of("accept_ra", "accept_dad", "router_solicitations")) {
          write(link, setting, "0");
        }
      } else {
        disable(link);
      }
    } catch (NoSuchFileException kernelWithoutIpv6) {
      // Nothing is to be kept quiet.
    }
  }

  /** Links that the pod makes itself are born as they were before. */
  @Override
  public void close() throws IOException {
    if (!ofOthers.equals(YES)) {
      write("default", DISABLE, ofOthers);
    }
  }

  private static void disable(String link) throws IOException {
    if (!read(link).equals(YES)) {
      write(link, DISABLE, YES);
    }
  }

  private static String read(String link) throws IOException {
    return Files.readString(SETTINGS.resolve(link).resolve(DISABLE)).strip();
  }

  private static void write(String link, String setting, String value) throws IOException {
    Files.writeString(SETTINGS.resolve(link).resolve(setting), value, StandardOpenOption.WRITE);
  }
}

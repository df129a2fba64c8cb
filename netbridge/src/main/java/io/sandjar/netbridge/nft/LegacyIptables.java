package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.nft.ForwardRules.Way;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * The filter tables of the old iptables (x_tables), which nftables does not list, as far as their
 * FORWARD chain matters. They are only read, and only where somebody uses them already: asking for
 * a table that is not there would make it.
 */
final class LegacyIptables {
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_RAW = 255;
  private static final int IPT_SO_GET_INFO = 64;
  private static final int IPT_SO_GET_ENTRIES = 65;
  private static final int XT_TABLE_MAXNAMELEN = 32;
  private static final int NF_INET_FORWARD = 2;
  private static final String FILTER = "filter";

  /** struct ipt_getinfo: name, valid_hooks, hook_entry[5], underflow[5], num_entries, size. */
  private static final int INFO_BYTES = 84;

  private static final int INFO_HOOK_ENTRY = 36;
  private static final int INFO_UNDERFLOW = 56;
  private static final int INFO_SIZE = 80;

  /** struct ipt_get_entries: name, size (padded to eight bytes), entries. */
  private static final int ENTRIES_HEADER = 40;

  /**
   * What differs between the families.
   *
   * @param names the file that lists the tables in use
   * @param level SOL_IP or SOL_IPV6
   */
  private record Layout(
      String tool, String names, int family, int level, LegacyEntries.Layout entries) {}

  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout("iptables-legacy", "ip_tables_names", 2, 0, LegacyEntries.IPV4),
          new Layout("ip6tables-legacy", "ip6_tables_names", 10, 41, LegacyEntries.IPV6));

  private LegacyIptables() {}

  /** For the calling thread's network namespace, as {@link ForwardPolicy} does for nftables. */
  static List<String> warnings(String bridge) throws IOException {
    List<String> warnings = new ArrayList<>();
    for (Layout layout : LAYOUTS) {
      List<Way> dropped = isUsed(layout) ? dropped(layout, bridge) : List.of();
      if (!dropped.isEmpty()) {
        warnings.add(
            ForwardPolicy.sentence(
                "the FORWARD chain of " + layout.tool(),
                bridge,
                dropped,
                ForwardPolicy.remedy(layout.tool(), bridge, dropped)));
      }
    }
    return warnings;
  }

  private static boolean isUsed(Layout layout) throws IOException {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/net", layout.names())).contains(FILTER);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static List<Way> dropped(Layout layout, String bridge) throws IOException {
    int number = Libc.get().socket(layout.family(), SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    Syscalls.check(number, "open a raw socket to read %s", layout.tool());
    try (Fd socket = new Fd(number)) {
      ByteBuffer info = read(socket, layout, IPT_SO_GET_INFO, INFO_BYTES, 0);
      int size = info.getInt(INFO_SIZE);
      int forward = info.getInt(INFO_HOOK_ENTRY + 4 * NF_INET_FORWARD);
      int policy = info.getInt(INFO_UNDERFLOW + 4 * NF_INET_FORWARD);
      ByteBuffer all = read(socket, layout, IPT_SO_GET_ENTRIES, ENTRIES_HEADER + size, size);
      ByteBuffer entries = all.slice(ENTRIES_HEADER, size).order(ByteOrder.nativeOrder());
      return new LegacyEntries(entries, layout.entries(), bridge).dropped(forward, policy);
    }
  }

  /** Asks for an option whose value begins with the table's name and a size. */
  private static ByteBuffer read(Fd socket, Layout layout, int option, int bytes, int size)
      throws IOException {
    Pointer value = Memory.allocateDirect(Libc.runtime(), bytes, true);
    byte[] name = FILTER.getBytes(StandardCharsets.US_ASCII);
    value.put(0, name, 0, name.length);
    value.putInt(XT_TABLE_MAXNAMELEN, size);
    Pointer length = Memory.allocateDirect(Libc.runtime(), 4, true);
    length.putInt(0, bytes);
    Syscalls.check(
        Libc.get().getsockopt(socket.number(), layout.level(), option, value, length),
        "read the filter table of %s",
        layout.tool());
    byte[] copy = new byte[bytes];
    value.get(0, copy, 0, bytes);
    return ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
  }
}

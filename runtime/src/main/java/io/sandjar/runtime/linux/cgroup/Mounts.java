package io.sandjar.runtime.linux.cgroup;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The cgroup lines of a mount table.
 *
 * @param v1 each v1 hierarchy once
 * @param v2 the mount point of the v2 tree
 * @param v2Options what it was mounted with ({@code nsdelegate}), the same wherever it is mounted
 */
public record Mounts(List<Hierarchy> v1, Optional<Path> v2, List<String> v2Options) {
  private static final Set<String> NOT_CONTROLLERS =
      Set.of("rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode", "favordynmods");

  /** Those of every file system, and of SELinux; all of cgroup2's own are flags without a value. */
  private static final Set<String> NOT_OF_CGROUP2 =
      Set.of("rw", "ro", "sync", "dirsync", "mand", "lazytime", "seclabel");

  public Mounts {
    v1 = List.copyOf(v1);
    v2Options = List.copyOf(v2Options);
  }

  /** Reads the format of {@code /proc/PID/mountinfo}, see proc(5). */
  static Mounts parse(String mountinfo) {
    List<Hierarchy> v1 = new ArrayList<>();
    Set<Set<String>> seen = new LinkedHashSet<>();
    Optional<Path> v2 = Optional.empty();
    List<String> v2Options = List.of();
    for (String line : mountinfo.split("\n")) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] mount = line.substring(0, separator).split(" ");
      String[] source = line.substring(separator + 3).split(" ");
      Path mountPoint = Path.of(unescape(mount[4]));
      if (source[0].equals("cgroup2") && v2.isEmpty()) {
        v2 = Optional.of(mountPoint);
        v2Options =
            Arrays.stream(source[2].split(","))
                .filter(option -> option.indexOf('=') < 0 && !NOT_OF_CGROUP2.contains(option))
                .toList();
      } else if (source[0].equals("cgroup")) {
        Set<String> controllers = controllers(source[2]);
        // The same hierarchy may be mounted again elsewhere, for example inside a chroot.
        if (!controllers.isEmpty() && seen.add(controllers)) {
          v1.add(new Hierarchy(mountPoint, controllers));
        }
      }
    }
    return new Mounts(v1, v2, v2Options);
  }

  private static Set<String> controllers(String superOptions) {
    Set<String> controllers = new LinkedHashSet<>();
    for (String option : superOptions.split(",")) {
      boolean plain = option.indexOf('=') < 0 && !NOT_CONTROLLERS.contains(option);
      if (plain || option.startsWith("name=")) {
        controllers.add(option);
      }
    }
    return controllers;
  }

  /** The kernel writes space, tab, newline and backslash as three octal digits. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    byte[] in = field.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length];
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '\\' && i + 3 < in.length) {
        out[length++] = (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8);
        i += 3;
      } else {
        out[length++] = in[i];
      }
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  /** The hierarchy of a controller, where v1 has it. */
  Optional<Hierarchy> with(String controller) {
    return v1.stream().filter(hierarchy -> hierarchy.has(controller)).findFirst();
  }
}

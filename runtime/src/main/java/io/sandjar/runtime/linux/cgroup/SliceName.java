package io.sandjar.runtime.linux.cgroup;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A systemd slice, whose name spells its place: {@code a-b.slice} lies in {@code a.slice}.
 *
 * @param name with its suffix
 */
record SliceName(String name) {
  private static final String SUFFIX = ".slice";

  /** The root of all, which the others lie in unnamed. */
  private static final String ROOT = "-.slice";

  SliceName {
    String stem = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : "";
    boolean root = name.equals(ROOT);
    boolean empties = stem.startsWith("-") || stem.endsWith("-") || stem.contains("--");
    if (stem.isEmpty() || stem.indexOf('/') >= 0 || (empties && !root)) {
      throw new IllegalArgumentException("not the name of a systemd slice: \"" + name + "\"");
    }
  }

  /**
   * The slice that a parent names: {@code kubepods-podX.slice}, the path of it ({@code
   * /kubepods.slice/kubepods-podX.slice}), or a path of the other driver ({@code /kubepods/podX}),
   * which is spelled as the kubelet does, dashes in names turned to underscores.
   */
  static SliceName of(String parent) {
    String path = CgroupPath.normal(parent);
    if (path.equals("/")) {
      return new SliceName(ROOT);
    }
    if (path.endsWith(SUFFIX)) {
      return new SliceName(path.substring(path.lastIndexOf('/') + 1));
    }
    return new SliceName(
        Arrays.stream(path.substring(1).split("/"))
                .map(each -> each.replace('-', '_'))
                .collect(Collectors.joining("-"))
            + SUFFIX);
  }

  /** Its cgroup: {@code /kubepods.slice/kubepods-podX.slice}. */
  String path() {
    if (name.equals(ROOT)) {
      return "/";
    }
    StringBuilder path = new StringBuilder();
    StringBuilder prefix = new StringBuilder();
    for (String part : name.substring(0, name.length() - SUFFIX.length()).split("-")) {
      prefix.append(prefix.isEmpty() ? "" : "-").append(part);
      path.append('/').append(prefix).append(SUFFIX);
    }
    return path.toString();
  }
}

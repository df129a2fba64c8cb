package io.sandjar.runtime.linux.cgroup;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The rules for a cgroup's path below a hierarchy's root: absolute, normal, nothing hidden. */
final class CgroupPath {
  private static final int NAME_MAX = 255;
  private static final Pattern SLASHES = Pattern.compile("/+");

  private CgroupPath() {}

  /** The path with one leading slash and none at its end. */
  static String normal(String path) {
    return isNormal(path) ? path : normalized(path);
  }

  /** Nearly all are: they are asked for in every hierarchy, and at every step of a pod's life. */
  private static boolean isNormal(String path) {
    int length = path.length();
    int name = 0;
    for (int i = 0; i <= length; i++) {
      if (i < length && path.charAt(i) != '/') {
        if (isControl(path.charAt(i))) {
          return false;
        }
      } else if (i == 0) {
        name = 1;
      } else {
        if (name == i || path.charAt(name) == '.' || i - name > NAME_MAX) {
          return false;
        }
        name = i + 1;
      }
    }
    return length > 1 && path.charAt(0) == '/';
  }

  private static String normalized(String path) {
    StringBuilder normal = new StringBuilder();
    for (String name : SLASHES.split(path)) {
      if (name.isEmpty()) {
        continue;
      }
      check(name, path);
      normal.append('/').append(name);
    }
    return normal.isEmpty() ? "/" : normal.toString();
  }

  private static void check(String name, String path) {
    boolean hidden = name.equals(".") || name.equals("..");
    boolean control = name.chars().anyMatch(CgroupPath::isControl);
    if (hidden || control || name.length() > NAME_MAX) {
      throw new IllegalArgumentException(
          "not a cgroup path: \"" + path + "\": the name \"" + name + "\" is not allowed");
    }
  }

  private static boolean isControl(int c) {
    return c < ' ' || c == 0x7f;
  }

  static String child(String parent, String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("not a cgroup name: \"" + name + "\"");
    }
    return normal(parent + "/" + name);
  }

  static Path under(Path root, String path) {
    return root.resolve(normal(path).substring(1));
  }
}

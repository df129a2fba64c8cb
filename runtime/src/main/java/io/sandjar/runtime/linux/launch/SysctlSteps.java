package io.sandjar.runtime.linux.launch;

import java.util.Map;
import java.util.TreeMap;

/** Steps that set sysctls of a process's namespaces. */
final class SysctlSteps {
  private static final String FOLDER = "/proc/sys/";

  private final ProcessSteps steps;

  SysctlSteps(ProgramBuilder program) {
    this.steps = new ProcessSteps(program);
  }

  /** Sets them by name, for example {@code net.ipv4.ip_forward}. */
  void write(Map<String, String> sysctls) {
    new TreeMap<>(sysctls)
        .forEach(
            (name, value) ->
                steps.writeFile("set the sysctl " + name + "=" + value, path(name), value));
  }

  /** As sysctl(8): with a slash as the first separator, dots are part of the names. */
  static String path(String name) {
    int slash = name.indexOf('/');
    int dot = name.indexOf('.');
    String path = slash >= 0 && (dot < 0 || slash < dot) ? name : swapped(name);
    if (path.startsWith("/") || path.contains("..")) {
      throw new IllegalArgumentException("not a sysctl: " + name);
    }
    return FOLDER + path;
  }

  private static String swapped(String name) {
    StringBuilder path = new StringBuilder(name);
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '.') {
        path.setCharAt(i, '/');
      } else if (path.charAt(i) == '/') {
        path.setCharAt(i, '.');
      }
    }
    return path.toString();
  }
}

package bench;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.container.DefaultPaths;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A bundle for runc with what the benchmark's own containers have: an overlay root, the same
 * namespaces, capabilities, hidden paths and system call filter, in a cgroup of its own.
 */
final class RuncBundle implements AutoCloseable {
  private static final int MNT_DETACH = 2;
  private static final String PROFILE = "/io/sandjar/runtime/linux/seccomp/runtime-default.json";

  private final String id;
  private final Path folder;
  private final Path root;

  /**
   * Mounts the root as containerd's shim does before it calls runc.
   *
   * @param id also the name of its cgroup, below the parent
   */
  RuncBundle(Path parent, String id, Path image, String cgroupParent) throws IOException {
    this.id = id;
    this.folder = Files.createDirectories(parent.resolve(id));
    this.root = Files.createDirectories(folder.resolve("rootfs"));
    var upper = Files.createDirectories(folder.resolve("upper"));
    var work = Files.createDirectories(folder.resolve("work"));
    Files.writeString(
        folder.resolve("config.json"), JSON.std.asString(spec(cgroupParent + "/" + id)));
    Syscalls.check(
        Libc.get()
            .mount(
                "overlay",
                root.toString(),
                "overlay",
                0,
                "lowerdir=" + image + ",upperdir=" + upper + ",workdir=" + work),
        "mount the overlay of %s",
        id);
  }

  String id() {
    return id;
  }

  Path folder() {
    return folder;
  }

  private static Map<String, Object> spec(String cgroup) throws IOException {
    var spec = new LinkedHashMap<String, Object>();
    spec.put("ociVersion", "1.0.2");
    spec.put("hostname", "bench");
    spec.put("root", Map.of("path", "rootfs", "readonly", false));
    spec.put("process", process());
    spec.put("mounts", mounts());
    spec.put("linux", linux(cgroup));
    return spec;
  }

  private static Map<String, Object> process() {
    var names = Capabilities.DEFAULT.stream().map(Capability::name).sorted().toList();
    return Map.of(
        "terminal",
        false,
        "user",
        Map.of("uid", 0, "gid", 0),
        "args",
        List.of("/bin/sleep", "1000"),
        "env",
        List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        "cwd",
        "/",
        "capabilities",
        Map.of("bounding", names, "effective", names, "permitted", names),
        "oomScoreAdj",
        100,
        "noNewPrivileges",
        false);
  }

  private static List<Map<String, Object>> mounts() {
    return List.of(
        mount("/proc", "proc", "nosuid", "noexec", "nodev"),
        mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount("/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
        mount("/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        mount("/sys", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"));
  }

  private static Map<String, Object> mount(String target, String type, String... options) {
    return Map.of(
        "destination", target, "type", type, "source", type, "options", List.of(options));
  }

  private static Map<String, Object> linux(String cgroup) throws IOException {
    var linux = new LinkedHashMap<String, Object>();
    linux.put("cgroupsPath", cgroup);
    linux.put(
        "namespaces",
        List.of("pid", "network", "ipc", "uts", "mount", "cgroup").stream()
            .map(type -> Map.of("type", type))
            .toList());
    linux.put("maskedPaths", DefaultPaths.MASKED);
    linux.put("readonlyPaths", DefaultPaths.READONLY);
    linux.put("seccomp", seccomp());
    return linux;
  }

  /** The same profile in the OCI's words: which of its rules count is decided here. */
  private static Map<String, Object> seccomp() throws IOException {
    Map<String, Object> profile;
    try (var in = RuncBundle.class.getResourceAsStream(PROFILE)) {
      profile = JSON.std.mapFrom(in);
    }
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    var granted = Capabilities.DEFAULT.stream().map(Capability::name).collect(Collectors.toSet());
    var rules = new ArrayList<Map<String, Object>>();
    for (var each : (List<?>) profile.get("syscalls")) {
      var rule = new LinkedHashMap<String, Object>();
      ((Map<?, ?>) each).forEach((key, value) -> rule.put(key.toString(), value));
      var includes = rule.remove("includes");
      var excludes = rule.remove("excludes");
      var arches = names(includes, "arches");
      rule.remove("comment");
      if ((arches.isEmpty() || arches.contains(arm ? "arm64" : "amd64"))
          && granted.containsAll(names(includes, "caps"))
          && names(excludes, "caps").stream().noneMatch(granted::contains)) {
        rules.add(rule);
      }
    }
    return Map.of(
        "defaultAction",
        profile.get("defaultAction"),
        "defaultErrnoRet",
        profile.get("defaultErrnoRet"),
        "architectures",
        arm
            ? List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM")
            : List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
        "syscalls",
        rules);
  }

  private static Set<String> names(Object filter, String key) {
    return filter instanceof Map<?, ?> map && map.get(key) instanceof List<?> list
        ? list.stream().map(Object::toString).collect(Collectors.toSet())
        : Set.of();
  }

  @Override
  public void close() throws IOException {
    Syscalls.check(Libc.get().umount2(root.toString(), MNT_DETACH), "unmount %s", root);
  }
}

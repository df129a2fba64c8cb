package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which AppArmor profiles a container can have on this kernel. */
public final class AppArmor {

  /** Known as default profiles for containers; the first that is loaded is the default here. */
  private static final List<String> DEFAULTS =
      List.of("sandjar-default", "cri-containerd.apparmor.d", "docker-default");

  private final Path enabled;
  private final Path profiles;

  /** As a kernel shows itself below {@code sys}, which is {@code /sys} outside tests. */
  public AppArmor(Path sys) {
    this.enabled = sys.resolve("module/apparmor/parameters/enabled");
    this.profiles = sys.resolve("kernel/security/apparmor/profiles");
  }

  public AppArmor() {
    this(Path.of("/sys"));
  }

  /** Whether the kernel has AppArmor and it is switched on. */
  public boolean enabled() {
    try {
      return Files.readString(enabled).startsWith("Y");
    } catch (IOException e) {
      return false;
    }
  }

  /** The profile that a container gets when it asks for the runtime's default. */
  public Optional<String> runtimeDefault() throws IOException {
    if (!enabled()) {
      return Optional.empty();
    }
    List<String> loaded = loaded();
    return DEFAULTS.stream().filter(loaded::contains).findFirst();
  }

  /** Refuses a profile that cannot be had, before anything is started with it. */
  public void check(String profile) throws IOException {
    if (!enabled()) {
      throw new IllegalArgumentException(
          "AppArmor profile \""
              + profile
              + "\": this kernel has no AppArmor, or it is off; run the pod unconfined, or boot "
              + "with security=apparmor");
    }
    if (!loaded().contains(profile)) {
      throw new IllegalArgumentException(
          "AppArmor profile \""
              + profile
              + "\" is not loaded; load it with apparmor_parser -r FILE");
    }
  }

  /** Lines are {@code name (mode)}. */
  private List<String> loaded() throws IOException {
    return Files.readAllLines(profiles).stream()
        .filter(line -> line.contains(" ("))
        .map(line -> line.substring(0, line.lastIndexOf(" (")))
        .toList();
  }
}

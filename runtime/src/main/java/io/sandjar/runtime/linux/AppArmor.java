package io.sandjar.runtime.linux;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Which AppArmor profiles a container can have on this kernel; it brings a default one along. */
public final class AppArmor {
  private static final System.Logger LOG = System.getLogger(AppArmor.class.getName());
  private static final String OWN = "sandjar-default";
  private static final String OWN_TEXT = OWN + ".apparmor";
  private static final long MOST_SECONDS = 30;

  /** Ours, and those of other runtimes, better than none where ours cannot be loaded. */
  private static final List<String> DEFAULTS =
      List.of(OWN, "cri-containerd.apparmor.d", "docker-default");

  private final Path enabled;
  private final Path profiles;
  private final List<Path> parsers;

  /** Whether it was tried to load our own; guarded by this. */
  private boolean tried;

  /**
   * @param sys as a kernel shows itself there, which is {@code /sys} outside tests
   * @param parsers where apparmor_parser may be: the first that is there compiles the profile
   */
  public AppArmor(Path sys, List<Path> parsers) {
    this.enabled = sys.resolve("module/apparmor/parameters/enabled");
    this.profiles = sys.resolve("kernel/security/apparmor/profiles");
    this.parsers = List.copyOf(parsers);
  }

  public AppArmor(Path sys) {
    this(sys, List.of(Path.of("/usr/sbin/apparmor_parser"), Path.of("/sbin/apparmor_parser")));
  }

  public AppArmor() {
    this(Path.of("/sys"));
  }

  /** Whether the kernel has AppArmor and it is switched on. */
  public boolean enabled() {
    try {
      return Files.exists(enabled) && Files.readString(enabled).startsWith("Y");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The profile that a container gets when it asks for the runtime's default: our own, loaded when
   * it is first needed.
   *
   * @return empty where there is no AppArmor, or no profile that could be loaded
   */
  public synchronized Optional<String> runtimeDefault() throws IOException {
    if (!enabled()) {
      return Optional.empty();
    }
    Optional<String> other = loadedDefault();
    if (!tried && !other.equals(Optional.of(OWN))) {
      tried = true;
      try {
        load();
      } catch (IOException e) {
        String instead = other.map(name -> "get " + name).orElse("are not confined by AppArmor");
        LOG.log(Level.WARNING, "containers {0}: {1}", instead, e.getMessage());
      }
    }
    return loadedDefault();
  }

  /** The same without loading anything: what a container would get if ours were not to be had. */
  public Optional<String> loadedDefault() throws IOException {
    if (!enabled()) {
      return Optional.empty();
    }
    List<String> loaded = loaded();
    return DEFAULTS.stream().filter(loaded::contains).findFirst();
  }

  /** Whether our own can be compiled here when it is needed. */
  public boolean canLoad() {
    return parsers.stream().anyMatch(Files::isExecutable);
  }

  /** The kernel takes compiled profiles only, and apparmor_parser alone compiles them. */
  private void load() throws IOException {
    Path parser =
        parsers.stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new FileNotFoundException(
                        "the AppArmor profile "
                            + OWN
                            + " needs apparmor_parser: apt install apparmor"));
    Path output = Files.createTempFile("apparmor", ".log");
    try (InputStream profile = AppArmor.class.getResourceAsStream(OWN_TEXT)) {
      Process process =
          new ProcessBuilder(parser.toString(), "--skip-cache", "--replace")
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try (var input = process.getOutputStream()) {
        profile.transferTo(input);
      } catch (IOException e) {
        // It ended before it has read all, and says why.
        LOG.log(Level.DEBUG, "apparmor_parser closed its input", e);
      }
      if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("apparmor_parser did not end within " + MOST_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "load the AppArmor profile %s: %s"
                .formatted(OWN, Files.readString(output, StandardCharsets.UTF_8).strip()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while an AppArmor profile was loaded", e);
    } finally {
      Files.delete(output);
    }
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

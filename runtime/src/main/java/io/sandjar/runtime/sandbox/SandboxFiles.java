package io.sandjar.runtime.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The files that all containers of a sandbox get to see: hostname, hosts, resolv.conf, /dev/shm.
 */
public final class SandboxFiles {
  private static final Set<PosixFilePermission> READABLE_BY_ALL =
      PosixFilePermissions.fromString("rw-r--r--");

  private final Path lasting;
  private final Path passing;

  /**
   * @param lasting the sandbox's folder under the root folder: its containers may write to what is
   *     mounted from there, and must not be able to fill the state folder, which is memory
   * @param passing its folder under the state folder
   */
  SandboxFiles(Path lasting, Path passing) {
    this.lasting = lasting;
    this.passing = passing;
  }

  public Path folder() {
    return lasting;
  }

  public Path resolvConf() {
    return lasting.resolve("resolv.conf");
  }

  public Path hosts() {
    return lasting.resolve("hosts");
  }

  public Path hostname() {
    return lasting.resolve("hostname");
  }

  /** Where the tmpfs of a sandbox with an ipc namespace of its own is mounted. */
  public Path shm() {
    return passing.resolve("shm");
  }

  /** Into the sandbox's folder, which its record has made. */
  void write(SandboxSpec spec, ResolvConf resolvConf) throws IOException {
    write(resolvConf(), resolvConf.content(spec.dns(), spec.namespaces().hostNetwork()));
    write(hosts(), hostHosts());
    write(hostname(), (effectiveHostname(spec) + '\n').getBytes(StandardCharsets.UTF_8));
  }

  /** The name the pod goes by: its own, or the machine's. */
  public static String effectiveHostname(SandboxSpec spec) throws IOException {
    return spec.hostname().isEmpty() || spec.namespaces().hostNetwork()
        ? hostHostname()
        : spec.hostname();
  }

  private static String hostHostname() throws IOException {
    String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    return name.isEmpty() ? InetAddress.getLoopbackAddress().getHostName() : name;
  }

  private static byte[] hostHosts() throws IOException {
    try {
      return Files.readAllBytes(Path.of("/etc/hosts"));
    } catch (NoSuchFileException none) {
      return "127.0.0.1 localhost\n::1 localhost\n".getBytes(StandardCharsets.UTF_8);
    }
  }

  // Readable by every user of the pod, whatever the daemon's umask.
  private static void write(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    Files.setPosixFilePermissions(file, READABLE_BY_ALL);
  }
}

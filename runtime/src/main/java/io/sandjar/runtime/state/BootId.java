package io.sandjar.runtime.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells one boot of the machine from the next, since pids begin anew with each. */
public record BootId(String value) {

  public static BootId current() throws IOException {
    return new BootId(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
  }
}

package io.sandjar.netbridge.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Linux release, as far as features go by it. */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");

  /** Reads {@code 6.1.0-44-cloud-amd64}, {@code 4.8}. */
  public static KernelVersion parse(String release) {
    Matcher matcher = FORM.matcher(release);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a kernel version: \"" + release + "\"");
    }
    return new KernelVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  public static KernelVersion ofThisMachine() throws IOException {
    return parse(Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
  }

  @Override
  public int compareTo(KernelVersion other) {
    return Comparator.comparingInt(KernelVersion::major)
        .thenComparingInt(KernelVersion::minor)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}

package io.sandjar.runtime.linux;

import java.util.List;

/**
 * Whom a process runs as.
 *
 * @param groups all its groups for setgroups(2), the primary one included: without it a file's
 *     group could be left by a change of the primary group (CVE-2022-36109)
 * @param home the user's home folder, for HOME where nobody sets it
 */
public record ProcessUser(int uid, int gid, List<Integer> groups, String home) {
  public static final ProcessUser ROOT = new ProcessUser(0, 0, List.of(0), "/root");

  public ProcessUser {
    groups = List.copyOf(groups);
  }
}

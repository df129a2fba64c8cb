package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Finds a user and his groups in the /etc/passwd and /etc/group of an image. */
public final class ImageUsers {
  private static final String PASSWD = "/etc/passwd";
  private static final String GROUP = "/etc/group";
  private static final int PASSWD_FIELDS = 7;
  private static final int GROUP_FIELDS = 4;

  private final RootfsFiles rootfs;

  public ImageUsers(RootfsFiles rootfs) {
    this.rootfs = rootfs;
  }

  /**
   * The user that {@code wanted} names.
   *
   * @param wanted {@code user}, {@code uid}, or either with {@code :group} or {@code :gid}, as an
   *     image's config or a request's parts write it; empty for root
   * @param supplementalGroups added to his groups
   * @param policy whether the groups that /etc/group gives him count as well
   */
  public ProcessUser resolve(
      String wanted, Collection<Integer> supplementalGroups, GroupsPolicy policy)
      throws IOException {
    int colon = wanted.indexOf(':');
    String name = colon < 0 ? wanted : wanted.substring(0, colon);
    String user = name.isEmpty() ? "0" : name;
    String group = colon < 0 ? "" : wanted.substring(colon + 1);
    Optional<Account> account = account(user);
    int uid = account.map(Account::uid).orElseGet(() -> id(user, "user"));
    int gid = group.isEmpty() ? account.map(Account::gid).orElse(0) : gid(group);
    Set<Integer> groups = new LinkedHashSet<>();
    groups.add(gid);
    if (policy == GroupsPolicy.MERGE && account.isPresent()) {
      groups.addAll(membership(account.get().name()));
    }
    for (int supplemental : supplementalGroups) {
      groups.add(checked(supplemental, "supplemental group"));
    }
    String home = account.map(Account::home).filter(each -> !each.isEmpty()).orElse("/");
    return new ProcessUser(uid, gid, List.copyOf(groups), home);
  }

  /** By name first, as a name may be all digits; a number need not be in the file. */
  private Optional<Account> account(String user) throws IOException {
    List<Account> accounts = accounts();
    Optional<Account> named = first(accounts, account -> account.name().equals(user));
    if (named.isPresent()) {
      return named;
    }
    if (!isNumber(user)) {
      throw new IllegalArgumentException(
          "no user \"" + user + "\" in the image's " + PASSWD + ": use a number, or add the user");
    }
    int uid = id(user, "user");
    return first(accounts, account -> account.uid() == uid);
  }

  private static Optional<Account> first(List<Account> accounts, Predicate<Account> wanted) {
    return accounts.stream().filter(wanted).findFirst();
  }

  private List<Account> accounts() throws IOException {
    List<Account> accounts = new ArrayList<>();
    for (String[] fields : lines(PASSWD, PASSWD_FIELDS)) {
      if (isNumber(fields[2]) && isNumber(fields[3])) {
        accounts.add(
            new Account(fields[0], id(fields[2], "user"), id(fields[3], "group"), fields[5]));
      }
    }
    return accounts;
  }

  private int gid(String group) throws IOException {
    for (String[] fields : lines(GROUP, GROUP_FIELDS)) {
      if (fields[0].equals(group) && isNumber(fields[2])) {
        return id(fields[2], "group");
      }
    }
    if (!isNumber(group)) {
      throw new IllegalArgumentException(
          "no group \""
              + group
              + "\" in the image's "
              + GROUP
              + ": use a number, or add the group");
    }
    return id(group, "group");
  }

  private List<Integer> membership(String name) throws IOException {
    List<Integer> gids = new ArrayList<>();
    for (String[] fields : lines(GROUP, GROUP_FIELDS)) {
      if (isNumber(fields[2]) && List.of(fields[3].split(",")).contains(name)) {
        gids.add(id(fields[2], "group"));
      }
    }
    return gids;
  }

  /** Lines with fewer fields are padded, as a hand-written file may leave the last ones out. */
  private List<String[]> lines(String path, int fields) throws IOException {
    Optional<byte[]> content = rootfs.read(path);
    List<String[]> lines = new ArrayList<>();
    if (content.isPresent()) {
      for (String line : new String(content.get(), StandardCharsets.UTF_8).split("\n")) {
        String[] found = line.strip().split(":", -1);
        if (line.startsWith("#") || found.length < 3 || found[0].isEmpty()) {
          continue;
        }
        String[] padded = new String[fields];
        for (int i = 0; i < fields; i++) {
          padded[i] = i < found.length ? found[i] : "";
        }
        lines.add(padded);
      }
    }
    return lines;
  }

  /** Numbers that no id can be are no entries: they are skipped in a file, refused in a request. */
  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 10
        && text.chars().allMatch(Character::isDigit)
        && Long.parseLong(text) <= Integer.MAX_VALUE;
  }

  private static int id(String text, String what) {
    try {
      return checked(Long.parseLong(text), what);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a " + what + " id: \"" + text + "\"", e);
    }
  }

  private static int checked(long id, String what) {
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          what + " id " + id + " is not between 0 and " + Integer.MAX_VALUE);
    }
    return (int) id;
  }

  /** What /etc/group counts for. */
  public enum GroupsPolicy {
    /** The user's groups in the image are added to those that the pod asks for. */
    MERGE,
    /** Only what the pod asks for. */
    STRICT
  }

  private record Account(String name, int uid, int gid, String home) {}
}

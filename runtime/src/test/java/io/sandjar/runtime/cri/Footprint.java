package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything on the machine that is one daemon's: what is there after its pods that was not there
 * before them has leaked.
 */
final class Footprint {
  private static final String NETWORK = "/apis/sandjar.io/v1/network";
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final long PATIENCE_SECONDS = 60;

  private final CriNode node;
  private final Path folder;
  private final String bridge;
  private final String cgroup;

  private Footprint(CriNode node, String config) {
    this.node = node;
    this.folder = node.folder();
    this.bridge = find("bridge: (\\S+)", config);
    this.cgroup = find("parent: /(\\S+)", config);
  }

  static Footprint of(CriNode node) throws IOException {
    return new Footprint(node, Files.readString(node.folder().resolve("config.yaml")));
  }

  private static String find(String pattern, String config) {
    Matcher matcher = Pattern.compile(pattern).matcher(config);
    assertEquals(true, matcher.find(), config);
    return matcher.group(1);
  }

  /** Waits until nothing is there but what was there before: links and processes take a while. */
  void awaitSame(Set<String> before) throws IOException, InterruptedException {
    awaitSame(before, thing -> false);
  }

  /** As {@link #awaitSame(Set)}, but for what may come and stay. */
  void awaitSame(Set<String> before, Predicate<String> mayStay)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    String wanted = lines(before, mayStay);
    String now = lines(calm(), mayStay);
    while (!now.equals(wanted) && System.nanoTime() < end) {
      CriNode.pause();
      now = lines(calm(), mayStay);
    }
    assertEquals(wanted, now);
  }

  private static String lines(Set<String> things, Predicate<String> but) {
    return things.stream().filter(but.negate()).collect(Collectors.joining("\n"));
  }

  /** What there is when nothing comes or goes any more: links go some time after their pod. */
  Set<String> look() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Set<String> now = calm();
    Set<String> before;
    do {
      before = now;
      TimeUnit.SECONDS.sleep(1);
      now = calm();
    } while (!now.equals(before) && System.nanoTime() < end);
    return now;
  }

  /** What there is when no file is being made or deleted: some are after the answer. */
  private Set<String> calm() throws IOException, InterruptedException {
    node.awaitSettled();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Set<String> now = glance();
    while (now.stream().anyMatch(Footprint::isOnItsWay) && System.nanoTime() < end) {
      CriNode.pause();
      now = glance();
    }
    return now;
  }

  private static boolean isOnItsWay(String thing) {
    return Stream.of("/.gone-", "/.new-", "/ingest/").anyMatch(thing::contains);
  }

  private Set<String> glance() throws IOException, InterruptedException {
    Set<String> things = new TreeSet<>();
    for (Path cgroup : cgroups()) {
      folders(cgroup).forEach(each -> things.add("cgroup " + cgroup.relativize(each)));
    }
    processes().forEach(pid -> things.add("process " + pid));
    mounts().forEach(mount -> things.add("mount " + mount));
    namespaces().forEach(name -> things.add("network namespace " + name));
    for (String link : run("ip", "-o", "link", "show", "master", bridge).split("\n")) {
      if (!link.isBlank()) {
        things.add("link " + link.split(" ")[1]);
      }
    }
    Matcher elements =
        Pattern.compile("elements = \\{([^}]*)}")
            .matcher(run("nft", "list", "table", "inet", "sandjar-" + bridge));
    while (elements.find()) {
      things.add("nft elements " + elements.group(1).replaceAll("\\s+", " "));
    }
    things.add("addresses " + addresses());
    for (String base : List.of("root", "run")) {
      tree(folder.resolve(base)).forEach(file -> things.add("file " + folder.relativize(file)));
    }
    return things;
  }

  /** How many are leased or in quarantine: only the daemon knows. */
  private int addresses() throws IOException {
    String network = PlainHttp.on(folder.resolve("run/api.sock")).get(NETWORK).body();
    int addresses = 0;
    for (Object each : (List<?>) JSON.std.mapFrom(network).get("pools")) {
      Map<?, ?> pool = (Map<?, ?>) each;
      addresses += (Integer) pool.get("leased") + (Integer) pool.get("quarantined");
    }
    return addresses;
  }

  String bridge() {
    return bridge;
  }

  /** The parent of all pods, in every hierarchy that has it. */
  List<Path> cgroups() throws IOException {
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      return Stream.concat(Stream.of(CGROUPS), hierarchies)
          .map(hierarchy -> hierarchy.resolve(cgroup))
          .filter(Files::isDirectory)
          .toList();
    }
  }

  /**
   * Those in the cgroups, and monitors and containers at their gates, which tell whose they are.
   */
  Set<Long> processes() throws IOException {
    Set<Long> pids = new TreeSet<>();
    for (Path cgroup : cgroups()) {
      folders(cgroup)
          .flatMap(each -> read(each.resolve("cgroup.procs")).lines())
          .forEach(pid -> pids.add(Long.valueOf(pid)));
    }
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (read(process.resolve("cmdline")).startsWith("sandjar-monitor\0" + folder)) {
          pids.add(Long.valueOf(process.getFileName().toString()));
        }
      }
    }
    return pids;
  }

  List<Path> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(mount -> mount.contains(folder.toString()))
        .map(mount -> Path.of(mount.split(" ")[4]))
        .toList();
  }

  /** The files to which the network namespaces of pods are bound. */
  List<Path> namespaces() throws IOException {
    try (Stream<Path> bound = Files.list(Path.of("/run/netns"))) {
      return bound
          .filter(name -> name.getFileName().toString().matches(Pattern.quote(bridge) + "\\W.*"))
          .toList();
    }
  }

  private static Stream<Path> folders(Path base) throws IOException {
    return tree(base).stream().filter(Files::isDirectory);
  }

  /** All that lies below a folder, and itself, while others may be deleting there. */
  static List<Path> tree(Path base) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        base,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) {
            return visitFile(each, attributes);
          }

          @Override
          public FileVisitResult visitFile(Path each, BasicFileAttributes attributes) {
            found.add(each);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path gone, IOException failed) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, IOException failed) {
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}

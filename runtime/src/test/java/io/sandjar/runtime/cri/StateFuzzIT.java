package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.Container;
import io.sandjar.cri.v1.ListContainerStatsRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.runtime.api.DamagedTree;
import io.sandjar.runtime.api.PlainHttp;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever has become of the files that a daemon keeps, it starts, says what it cannot read, and
 * the pods whose files are whole live on. A build draws the same each time, so that it fails for
 * what was changed; {@code -Dsandjar.fuzz.seed} draws something else, as {@code scripts/nightly}
 * does, and {@code -Dsandjar.fuzz.rounds} makes it longer.
 */
class StateFuzzIT {
  private static final long SEED = Long.getLong("sandjar.fuzz.seed", 1);
  private static final int ROUNDS = Integer.getInteger("sandjar.fuzz.rounds", 2);

  /** Larger ones are content, whose digest is checked where it is used. */
  private static final long LARGEST = 1 << 16;

  /** What containers or their images own, and what is no state. */
  private static final Set<String> CONTENT =
      Set.of("fs", "upper", "work", "shm", "empty", "mountpoints");

  @TempDir private static Path folder;

  private final Random random = new Random(SEED);
  private final DamagedTree damagedTree = new DamagedTree(random);

  /** What was done to which file in this round. */
  private final Map<Path, String> damages = new TreeMap<>();

  private CriNode node;
  private String steadyPod;
  private String steady;

  @Test
  void noDamagedFileKeepsTheDaemonFromStartingOrReachesAnotherPod() throws Exception {
    try {
      node = CriNode.start(folder);
      steadyPod = node.run(node.pod("steady"));
      steady = node.createAndStart(steadyPod, node.container("app", "sleep", "100000"));
      Footprint footprint = Footprint.of(node);
      Set<String> before = footprint.look();
      for (int round = 0; round < ROUNDS; round++) {
        makeVictims();
        node.kill();
        damageFiles();
        node.restart();
        expectTheRestToLive();
        removeVictims();
        footprint.awaitSame(before, StateFuzzIT::mayStay);
      }
    } catch (AssertionError | Exception failed) {
      throw new AssertionError("with seed " + SEED + " and " + damages + told(), failed);
    } finally {
      if (node != null) {
        Reboot.closing(node);
      }
    }
  }

  private String told() throws IOException {
    return node == null ? "" : "\n" + node.daemonLog();
  }

  /** A pod of each kind of file that could be lost, an image, and objects of the API. */
  private void makeVictims() throws IOException {
    for (String name : List.of("one", "two", "three")) {
      String pod = node.run(node.pod(name));
      node.createAndStart(pod, node.container("running", "sleep", "100000"));
      node.create(pod, node.container("created", "true"));
      node.awaitExit(node.createAndStart(pod, node.container("ended", "sh", "-c", "exit 3")));
    }
    node.pull(node.image().replace("busybox", "victim"));
    for (String kind : List.of("ConfigMap", "Secret")) {
      for (int i = 0; i < 3; i++) {
        var answer = api().send("POST", path(kind), object(kind, i), "Host: sandjar");
        assertEquals(201, answer.status(), answer.body());
      }
    }
  }

  private static String path(String kind) {
    return "/api/v1/namespaces/default/" + kind.toLowerCase(java.util.Locale.ROOT) + "s";
  }

  private static String object(String kind, int number) throws IOException {
    return JSON.std.asString(
        Map.of("apiVersion", "v1", "kind", kind, "metadata", Map.of("name", "victim-" + number)));
  }

  private PlainHttp api() {
    return PlainHttp.on(node.folder().resolve("run/api.sock"));
  }

  private void damageFiles() throws IOException {
    damages.clear();
    List<Path> files = stateFiles();
    assertTrue(files.size() > 30, "only " + files);
    List<byte[]> contents = new ArrayList<>();
    for (Path file : files) {
      contents.add(Files.readAllBytes(file));
    }
    for (Path file : files) {
      if (random.nextInt(3) == 0) {
        damages.put(folder.relativize(file), damage(file, contents));
      }
    }
  }

  private List<Path> stateFiles() throws IOException {
    try (Stream<Path> root = Files.walk(folder.resolve("root"));
        Stream<Path> run = Files.walk(folder.resolve("run"))) {
      return Stream.concat(root, run)
          .filter(Files::isRegularFile)
          .filter(file -> file.toFile().length() <= LARGEST)
          .filter(file -> !file.toString().contains(steady) && !isOf(steadyPod, file))
          .filter(file -> !isContent(folder.relativize(file)))
          .sorted(Comparator.comparing(this::kind).thenComparing(Comparator.naturalOrder()))
          .toList();
    }
  }

  /**
   * Its path without what differs in each run, so that a seed damages each kind in the same way.
   */
  private String kind(Path file) {
    return folder.relativize(file).toString().replaceAll("[0-9a-f]{32,}", "ID");
  }

  private static boolean isOf(String id, Path file) {
    return file.toString().contains(id);
  }

  private static boolean isContent(Path file) {
    for (Path name : file) {
      if (CONTENT.contains(name.toString())) {
        return true;
      }
    }
    return false;
  }

  /** Does something to a file, and tells what. */
  private String damage(Path file, List<byte[]> contents) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    switch (random.nextInt(8)) {
      case 0 -> {
        Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length + 1)));
        return "cut";
      }
      case 1 -> {
        Files.write(file, new byte[whole.length]);
        return "zeroed";
      }
      case 2 -> {
        random.nextBytes(whole);
        Files.write(file, whole);
        return "garbage";
      }
      case 3 -> {
        Files.write(file, contents.get(random.nextInt(contents.size())));
        return "another's";
      }
      case 4 -> {
        Files.delete(file);
        return "gone";
      }
      case 5 -> {
        Files.delete(file);
        Files.createDirectories(file.resolve("full"));
        return "a folder";
      }
      case 6 -> {
        Files.writeString(file, "more", StandardOpenOption.APPEND);
        return "longer";
      }
      default -> {
        return damageJson(file, whole);
      }
    }
  }

  /**
   * Only what people wrote, and of images. A record of the node's own that says something else in
   * the right form, such as another cgroup, is a lie that nobody can see through.
   */
  private String damageJson(Path file, byte[] whole) throws IOException {
    String name = folder.relativize(file).toString();
    if (!name.matches("root/(objects|image)/.*\\.json")) {
      Files.writeString(file, "{}");
      return "{}";
    }
    Object damaged = damagedTree.of(JSON.std.mapFrom(whole));
    Files.write(file, JSON.std.asBytes(damaged));
    return "with a wrong value: " + JSON.std.asString(damaged);
  }

  private void expectTheRestToLive() throws IOException {
    assertEquals("alive", node.sh(steady, "echo alive"));
    var runtime = node.runtime();
    runtime.listContainers(ListContainersRequest.getDefaultInstance()).getContainersList().stream()
        .map(Container::getId)
        .forEach(node::status);
    runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance());
    runtime.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance());
    node.client().images().listImages(ListImagesRequest.getDefaultInstance());
    for (String kind : List.of("Pod", "ConfigMap", "Secret", "Event")) {
      var answer = api().get(path(kind), "Host: sandjar");
      assertEquals(200, answer.status(), answer.body());
    }
    expectEachToBeTold();
    node.pull(node.image());
    String pod = node.run(node.pod("later"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "100000"));
    assertEquals("alive", node.sh(container, "echo alive"));
  }

  /** Whoever looks for what is missing finds where it is and why. */
  private void expectEachToBeTold() throws IOException {
    for (Path aside : setAside()) {
      node.awaitTold(aside + " and ");
    }
  }

  private static List<Path> setAside() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String base : List.of("root", "run")) {
      for (Path each : Footprint.tree(folder.resolve(base))) {
        if (each.toString().endsWith(".corrupt") || each.getParent().endsWith("corrupt")) {
          found.add(each);
        }
      }
    }
    return found;
  }

  private void removeVictims() throws IOException {
    for (PodSandbox pod :
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      if (!pod.getId().equals(steadyPod)) {
        node.removePod(pod.getId());
      }
    }
    for (String kind : List.of("ConfigMap", "Secret")) {
      for (int i = 0; i < 3; i++) {
        int status =
            api().send("DELETE", path(kind) + "/victim-" + i, "", "Host: sandjar").status();
        assertTrue(status == 200 || status == 404, "deleting answers " + status);
      }
    }
    for (Path aside : setAside()) {
      FolderTree.delete(aside);
    }
    for (String empty : List.of("root/corrupt", "run/corrupt", "root/image/corrupt")) {
      FolderTree.delete(folder.resolve(empty));
    }
  }

  /** Lost layers stay until a reboot, and the folders of the API's objects for good. */
  private static boolean mayStay(String thing) {
    return thing.startsWith("file root/image/") || thing.startsWith("file root/objects/");
  }
}

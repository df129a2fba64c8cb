package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.runtime.cri.PodLife.Step;
import io.sandjar.runtime.daemon.FileFailpoints;
import io.sandjar.runtime.daemon.FileFailpoints.Action;
import io.sandjar.runtime.daemon.FileFailpoints.Order;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * At every point between two steps of a pod's life the daemon may die, or a step may fail: nothing
 * leaks, and what was not finished can be done again. The points are found by watching one life, so
 * that a new one is tested as soon as it is there.
 */
class FailpointMatrixIT {
  private static final long PATIENCE_SECONDS = 60;
  private static final int HOST_PORTS = 20_000;

  /** At which point of its recovery each of several daemons dies before one comes through. */
  private static final List<Integer> DEATHS_IN_RECOVERY = List.of(1, 7, 25, 60);

  @TempDir static Path folder;
  private static CriNode node;
  private static FileFailpoints failpoints;
  private static Footprint footprint;
  private static List<Case> cases;

  /** A step ends where it passes the point for that time. */
  private record Case(List<Step> way, Step step, String point, int time) {
    @Override
    public String toString() {
      return step + " at " + point + " (" + time + ')';
    }
  }

  /** A pod that got stuck, and where. */
  private record Stuck(Case where, PodLife life, Future<?> call) {}

  private final ExecutorService clients = Executors.newCachedThreadPool();
  private int lives;

  @BeforeAll
  static void startNode() throws Exception {
    node = CriNode.startFailing(folder);
    failpoints = new FileFailpoints(folder);
    footprint = Footprint.of(node);
    // The first pod makes what stays, such as the network's tables.
    cases = discover();
  }

  @AfterAll
  static void stopNode() throws Exception {
    if (node != null) {
      failpoints.disarm();
      node.close();
    }
  }

  private static List<Case> discover() throws IOException {
    List<Case> found = new ArrayList<>();
    for (List<Step> way : Step.WAYS) {
      PodLife life = new PodLife(node, "watched" + way.size(), HOST_PORTS);
      for (Step step : way) {
        failpoints.takePassed();
        life.run(step);
        List<String> passed = failpoints.takePassed();
        assertTrue(!passed.isEmpty(), step + " passes no point");
        // Steps that both ways have before they part are the same ones.
        if (way.contains(Step.END) || step == Step.STOP || step == Step.REMOVE) {
          for (int i = 0; i < passed.size(); i++) {
            String point = passed.get(i);
            int time = Collections.frequency(passed.subList(0, i + 1), point);
            found.add(new Case(way, step, point, time));
          }
        }
      }
    }
    return found;
  }

  @Test
  void aDaemonThatDiesAtAnyPointLeavesNothingAndCanGoOn() throws Exception {
    Set<String> before = footprint.look();
    List<Stuck> stuck = new ArrayList<>();
    for (Case each : cases) {
      stuck.add(stuckAt(each, Action.PARK));
    }
    node.kill();
    for (int count : DEATHS_IN_RECOVERY) {
      failpoints.arm(Order.atThe(count, Action.HALT));
      node.startInVain();
    }
    failpoints.disarm();
    node.restart();
    stuck.forEach(this::finish);
    footprint.awaitSame(before);
  }

  @Test
  void aStepThatFailsAtAnyPointLeavesNothingAndCanBeDoneAgain() throws Exception {
    Set<String> before = footprint.look();
    Map<String, Integer> descriptors = Descriptors.atRest(node.daemonPid());
    for (Case each : cases) {
      Stuck stuck = stuckAt(each, Action.FAIL);
      // What follows a failure passes points too, which must not be counted for the next one.
      stuck.call().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      finish(stuck);
    }
    footprint.awaitSame(before);
    Descriptors.await(node.daemonPid(), descriptors);
  }

  /** Its network is attached while its cgroup and its pause are made. */
  @Test
  void aPodOfWhichOneHalfFailsLosesTheOtherToo() throws Exception {
    Set<String> before = footprint.look();
    Map<String, Integer> descriptors = Descriptors.atRest(node.daemonPid());
    String attached = "sandbox.run.network";
    String paused = "sandbox.run.pause";
    // Before and after it is on the network, when all the rest is there.
    failAt("sandbox.run.attach", paused);
    failAt(attached, paused);
    // Each step of the rest, when it is on the network.
    for (String step : List.of("parent", "cgroup", "begun", "logs", "written", "files", "pause")) {
      failAt("sandbox.run." + step, attached);
    }
    footprint.awaitSame(before);
    Descriptors.await(node.daemonPid(), descriptors);
  }

  private void failAt(String point, String onceIsPassed) throws Exception {
    failpoints.arm(Order.at(point, 1, Action.FAIL).after(onceIsPassed));
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, this::runHalf);
    assertEquals("failpoint " + point, refused.getStatus().getDescription());
    assertEquals(List.of(point), failpoints.hits());
    assertEquals(List.of(), listedPods());
  }

  /** Each time with the same name and host port: both are free again. */
  private String runHalf() {
    PortMapping port =
        PortMapping.newBuilder().setContainerPort(80).setHostPort(HOST_PORTS).build();
    return node.run(node.pod("half").addPortMappings(port));
  }

  private static List<PodSandbox> listedPods() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }

  @Test
  void aPodOfWhichBothHalvesFailLeavesNothingAndBothReasonsAreLogged() throws Exception {
    Set<String> before = footprint.look();
    String attached = "sandbox.run.network";
    String begun = "sandbox.run.begun";
    failpoints.arm(
        Order.at(attached, 1, Action.FAIL).after(begun),
        Order.at(begun, 1, Action.FAIL).after(attached));
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, this::runHalf);
    assertEquals("failpoint " + begun, refused.getStatus().getDescription());
    node.awaitTold(
        "failpoint %s; besides java.lang.IllegalStateException: failpoint %s"
            .formatted(begun, attached));
    assertEquals(Set.of(attached, begun), Set.copyOf(failpoints.hits()));
    assertEquals(List.of(), listedPods());
    footprint.awaitSame(before);
    node.removePod(runHalf());
    footprint.awaitSame(before);
  }

  @Test
  void aPodsStartSaysWhichHalfOfItFailed() throws Exception {
    Set<String> before = footprint.look();
    PodSandboxConfig.Builder unattachable =
        node.pod("half").putAnnotations("kubernetes.io/ingress-bandwidth", "fast");
    Path file = Files.createFile(folder.resolve("file"));
    PodSandboxConfig.Builder unlogged =
        node.pod("half").setLogDirectory(file.resolve("logs").toString());
    String network = "annotation kubernetes.io/ingress-bandwidth: ";
    assertRefused(network + "\"fast\" is no quantity", unattachable);
    assertRefused(file.toString(), unlogged);
    assertRefused(file.toString(), unattachable.setLogDirectory(unlogged.getLogDirectory()));
    node.awaitTold("; besides java.lang.IllegalArgumentException: " + network);
    assertEquals(List.of(), listedPods());
    footprint.awaitSame(before);
  }

  private static void assertRefused(String reason, PodSandboxConfig.Builder pod) {
    var refused = assertThrows(StatusRuntimeException.class, () -> node.run(pod));
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void aContainerThatCannotBeTakenOverAtOnceIsTakenOverLater() throws Exception {
    String pod = node.run(node.pod("later"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    node.kill();
    failpoints.arm(Order.atThe(1, Action.FAIL));
    node.restart();
    assertEquals(List.of("container.adopt"), failpoints.hits());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    int attempts = 0;
    while (attempts < 2) {
      assertTrue(System.nanoTime() < end, "it is not tried again");
      CriNode.pause();
      attempts += Collections.frequency(failpoints.takePassed(), "container.adopt");
    }
    assertEquals("alive", node.sh(container, "echo alive"));
    node.removePod(pod);
  }

  /** Starts the daemon anew, so that it takes over so many containers and no more for now. */
  private static void restartReaching(int containers) throws Exception {
    node.kill();
    failpoints.arm(Order.always("container.adopt", containers));
    node.restart();
  }

  @Test
  void aContainerThatCannotBeTakenOverIsStoppedAsItsPodAsksAndItsExitIsKnown() throws Exception {
    String pod = node.run(node.hostNetworkPod("unreached"));
    String polite = trapping(pod, "polite", "exit 7");
    String deaf = trapping(pod, "deaf", "");
    try {
      restartReaching(0);
      node.stop(polite, 600);
      assertEquals(7, node.status(polite).getExitCode());
      node.stop(deaf, 1);
      assertEquals(137, node.status(deaf).getExitCode());
    } finally {
      failpoints.disarm();
    }
    node.removePod(pod);
  }

  /** A container that has set what it does when it is to end. */
  private static String trapping(String pod, String name, String trap) throws IOException {
    String script = "trap '" + trap + "' TERM; echo set; while :; do sleep 0.1; done";
    String container = node.createAndStart(pod, node.container(name, "sh", "-c", script));
    awaitLog("unreached", name, lines -> lines.contains("set"));
    return container;
  }

  @Test
  void aContainerAtItsGateThatCannotBeTakenOverIsRemovedWhole() throws Exception {
    Set<String> before = footprint.look();
    String pod = node.run(node.hostNetworkPod("gate"));
    String container = node.create(pod, node.container("app", "sleep", "1000"));
    try {
      restartReaching(0);
      node.removeContainer(container);
    } finally {
      failpoints.disarm();
    }
    node.removePod(pod);
    footprint.awaitSame(before);
  }

  @Test
  void aContainerTakenOverWithTooFewFilesKeepsItsLog() throws Exception {
    String pod = node.run(node.hostNetworkPod("few"));
    Map<String, String> byName = new TreeMap<>();
    for (String name : List.of("one", "other")) {
      String count = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done";
      byName.put(name, node.createAndStart(pod, node.container(name, "sh", "-c", count)));
      awaitLog("few", name, lines -> !lines.isEmpty());
    }
    try {
      restartReaching(1);
      // The daemon has loaded all that this takes by the one that it has taken over.
      byName.values().removeIf(container -> refusal(container).isEmpty());
      assertEquals(1, byName.size());
      String container = byName.values().iterator().next();
      try (var limit = new OpenFileLimit(node.daemonPid())) {
        limit.allow(0);
        failpoints.disarm();
        String refused = refusal(container);
        for (int more = 1; !refused.isEmpty(); more++) {
          assertTrue(more < 100, refused);
          limit.allow(more);
          refused = refusal(container);
        }
      }
    } finally {
      failpoints.disarm();
    }
    String name = byName.keySet().iterator().next();
    int soFar = node.log("few", name).size();
    awaitLog("few", name, lines -> lines.size() > soFar + 3);
    List<String> lines = node.log("few", name);
    assertEquals(IntStream.range(0, lines.size()).mapToObj(Integer::toString).toList(), lines);
    node.removePod(pod);
  }

  /** What an exec into the container is refused with, "" where it is not. */
  private static String refusal(String container) {
    try {
      node.sh(container, "true");
      return "";
    } catch (StatusRuntimeException refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  private static void awaitLog(String pod, String container, Predicate<List<String>> there)
      throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!there.test(node.log(pod, container))) {
      assertTrue(System.nanoTime() < end, "the log does not go on");
      CriNode.pause();
    }
  }

  /** Goes through a life up to the case's step, which gets no further than the case's point. */
  private Stuck stuckAt(Case at, Action action) throws IOException {
    lives++;
    PodLife life =
        new PodLife(
            node, action.name().toLowerCase(java.util.Locale.ROOT) + lives, HOST_PORTS + lives);
    for (Step step : at.way().subList(0, at.way().indexOf(at.step()))) {
      life.run(step);
    }
    failpoints.arm(Order.at(at.point(), at.time(), action));
    Future<?> call = clients.submit(() -> tryTo(life, at.step()));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (failpoints.hits().isEmpty()) {
      assertTrue(System.nanoTime() < end, () -> at + " was not reached");
      CriNode.pause();
    }
    assertEquals(List.of(at.point()), failpoints.hits());
    return new Stuck(at, life, call);
  }

  private static void tryTo(PodLife life, Step step) {
    try {
      life.run(step);
    } catch (StatusRuntimeException failed) {
      // As it is meant to, or its daemon died.
    }
  }

  private void finish(Stuck stuck) {
    List<Step> way = stuck.where().way();
    try {
      for (Step step : way.subList(way.indexOf(stuck.where().step()), way.size())) {
        stuck.life().retry(step);
      }
    } catch (AssertionError | RuntimeException wrong) {
      throw new AssertionError(stuck.where() + ": " + wrong.getMessage(), wrong);
    }
  }
}

package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.DamagedTree;
import io.sandjar.runtime.api.FuzzDocuments;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;

class StaticPodsTest {
  private static final ObjectKey KEY = new ObjectKey("Pod", "default", "p-here");

  @TempDir private Path folder;
  private Path manifests;
  private ObjectStore store;

  @BeforeEach
  void open() throws Exception {
    manifests = Files.createDirectory(folder.resolve("manifests"));
    store = new ObjectStore(folder.resolve("objects"), InstantSource.system());
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void ofTwoFilesThatNameAPodTheFirstHasIt() throws Exception {
    StaticPods pods = pods();
    write("a.yaml", "one");
    pods.scan();
    write("b.yaml", "two");
    for (int scans = 0; scans < 3; scans++) {
      pods.scan();
      assertEquals("one", image());
      assertFalse(isEnding());
    }
    Files.delete(manifests.resolve("a.yaml"));
    pods.scan();
    assertTrue(isEnding(), "the other file has it now, and is another pod");
  }

  @Test
  void aFileThatIsHalfWrittenWhileTheDaemonStartsEndsNoPod() throws Exception {
    write("a.yaml", "one");
    pods().scan();
    Files.writeString(manifests.resolve("a.yaml"), "kind: [");
    StaticPods afterRestart = pods();
    afterRestart.scan();
    assertFalse(isEnding());
    Files.delete(manifests.resolve("a.yaml"));
    afterRestart.scan();
    assertTrue(isEnding());
  }

  @Test
  void noFileKeepsAnotherOnesPodFromRunning() throws Exception {
    var random = new Random(Long.getLong("sandjar.fuzz.seed", 1));
    var damaged = new DamagedTree(random);
    write("whole.yaml", "one");
    StaticPods pods = pods();
    for (int round = 0; round < 300; round++) {
      String text = text(random, damaged.of(FuzzDocuments.POD));
      Files.write(manifests.resolve("damaged.yaml"), text.getBytes(StandardCharsets.UTF_8));
      try {
        pods.scan();
      } catch (IOException | RuntimeException | Error broken) {
        throw new AssertionError("round " + round + " with the file " + text, broken);
      }
      assertEquals("one", image(), text);
      assertFalse(isEnding(), text);
    }
  }

  /** As YAML, whole or with a piece cut out or twice. */
  private static String text(Random random, Object tree) {
    String text = new Dump(DumpSettings.builder().build()).dumpToString(tree);
    int from = random.nextInt(text.length() + 1);
    int to = from + random.nextInt(text.length() + 1 - from);
    return switch (random.nextInt(4)) {
      case 0 -> text.substring(0, from) + text.substring(to);
      case 1 -> text.substring(0, to) + text.substring(from);
      default -> text;
    };
  }

  @Test
  void aFileThatCannotBeTakenStopsNoOther() throws Exception {
    Files.writeString(manifests.resolve("a.yaml"), "{kind: Pod, metadata: {name: q}, 1: x}");
    Files.writeString(manifests.resolve("b.yaml"), "{kind: Pod, metadata: &m {name: q, m: *m}}");
    write("c.yaml", "one");
    pods().scan();
    assertEquals("one", image());
  }

  private StaticPods pods() {
    Schema schema = Schema.coreV1();
    return new StaticPods(
        manifests, "here", schema.kind("Pod").orElseThrow(), new Admission(schema), store);
  }

  private void write(String file, String image) throws Exception {
    Files.writeString(
        manifests.resolve(file),
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: "
            + image
            + "}]}}");
  }

  private String image() {
    Map<String, Object> spec = Trees.object(store.get(KEY), "spec");
    return Trees.string(Trees.objects(spec, "containers").get(0), "image", "");
  }

  private boolean isEnding() {
    return Trees.object(store.get(KEY), "metadata").containsKey("deletionTimestamp");
  }
}

package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.snapshot.Snapshot;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pulls from a real registry on loopback. */
class PullIT {
  private final WorkFolder temp = new WorkFolder();
  private TestStore store;

  @BeforeEach
  void open() throws Exception {
    Commands.requireRoot();
    store = new TestStore(temp.resolve("store"));
  }

  @AfterEach
  void close() throws Exception {
    store.close();
    temp.close();
  }

  private String pushSmall(LocalRegistry registry, String name) throws Exception {
    byte[] base = new TarBuilder().as(0755, 0, 0).folder("etc/").file("etc/os", "test").build();
    byte[] top = new TarBuilder().as(0600, 7, 8).file("etc/more", "more").build();
    var layout =
        new OciLayout(temp.resolve("layout-" + name.replaceAll("[^a-z]", "")))
            .image(
                "t",
                Map.of("Cmd", List.of("sh"), "User", "7:8"),
                List.of(OciLayout.gzip(base), OciLayout.plain(top)));
    return registry.push(layout.source("t"), name);
  }

  @Test
  void anImageIsPulledUnpackedAndFoundByEveryName() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      String name = pushSmall(registry, "some/image:v1");
      Image image = store.pull(name);
      assertEquals(List.of(name), image.repoTags());
      assertEquals(List.of("sh"), image.config().cmd());
      assertEquals("7:8", image.config().user());
      assertEquals(2, image.chainIds().size());
      assertEquals(image, store.images().get(image.id().toString()));
      assertEquals(image, store.images().get(image.id().hex()));
      assertEquals(image, store.images().get(image.id().hex().substring(0, 12)));
      assertEquals(image, store.images().get(image.repoDigests().get(0)));
      assertEquals(List.of(image), store.images().list());

      Snapshot snapshot = store.images().snapshots().prepare("c1", image);
      assertEquals("more", Files.readString(snapshot.lower().get(0).resolve("etc/more")));
      assertEquals("test", Files.readString(snapshot.lower().get(1).resolve("etc/os")));
      assertTrue(Files.isDirectory(snapshot.writable().orElseThrow().upper()));
    }
  }
}

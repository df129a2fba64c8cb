package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.LayoutRegistry;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.PullProcess;
import io.sandjar.runtime.image.fixture.SlowRegistry;
import io.sandjar.runtime.image.fixture.SmallImage;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.layer.UnpackLimits;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.state.FolderTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The store survives what happens to machines: kills, full disks, power cuts, bombs. */
class StoreSafetyIT {
  private static final UnpackLimits LIMITS = new UnpackLimits(16 << 20, 1000, 100, 1 << 20);

  private final WorkFolder temp = new WorkFolder();

  @BeforeEach
  void requireRoot() {
    Commands.requireRoot();
  }

  @AfterEach
  void clean() {
    temp.close();
  }

  private Image load(TestStore store, OciLayout layout) {
    return store
        .images()
        .archives()
        .loadFolder(
            layout.folder(), Optional.of("local/app"), PullProgress.NONE, new Cancellation())
        .get(0);
  }

  private static List<String> leftovers(TestStore store) throws IOException {
    try (var entries = Files.list(store.root().resolve("ingest"))) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }

  @Test
  void aKilledPullIsTakenUpByTheNextStart() throws Exception {
    try (var server = new SlowRegistry(20 << 20)) {
      Process killed = PullProcess.start(temp.resolve("store"), server.name());
      Path ingest = temp.resolve("store").resolve("image").resolve("ingest");
      for (int i = 0; i < 1200 && written(ingest) < 1_000_000; i++) {
        Thread.sleep(50);
      }
      killed.destroyForcibly().waitFor();
      long partial = written(ingest);
      assertTrue(partial >= 1_000_000, "the pull ended before it could be killed");
      try (var store = new TestStore(temp.resolve("store"))) {
        assertEquals(List.of(), store.images().list());
        assertTrue(
            leftovers(store).stream().allMatch(name -> name.startsWith("blob-")),
            "half an unpacked layer is garbage");
        Image image = store.pull(server.name());
        assertEquals(List.of(0L, partial), server.starts());
        Snapshot snapshot = store.images().snapshots().prepare("c", image);
        assertEquals(20 << 20, Files.size(snapshot.lower().get(0).resolve("content")));
        assertEquals(List.of(), leftovers(store));
      }
    }
  }

  private static long written(Path ingest) throws IOException {
    if (!Files.isDirectory(ingest)) {
      return 0;
    }
    try (var entries = Files.list(ingest)) {
      long bytes = 0;
      for (Path entry : entries.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(entry);
      }
      return bytes;
    }
  }

  @Test
  void aFullDiskIsSaidAndDoesNoDamage() throws Exception {
    Path full = Files.createDirectory(temp.resolve("full"));
    Commands.run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", full.toString());
    try (var server = new SlowRegistry(8 << 20)) {
      try (var store = new TestStore(full.resolve("store"))) {
        Image small = load(store, SmallImage.layout(temp.resolve("small")));
        Usage before = store.images().usage();
        var refusal = assertThrows(EngineException.class, () -> store.pull(server.name()));
        assertEquals(EngineException.Kind.RESOURCE_EXHAUSTED, refusal.kind());
        assertTrue(refusal.getMessage().contains("is full"), refusal.getMessage());
        assertEquals(before, store.images().usage());
        assertEquals(List.of(small), store.images().list());
        store.images().snapshots().prepare("c", small);
      }
      try (var store = new TestStore(full.resolve("store"))) {
        assertEquals(1, store.images().list().size());
      }
    } finally {
      Commands.run("umount", full.toString());
    }
  }

  @Test
  void aSnapshotThatCannotBeRecordedLeavesNothing() throws Exception {
    try (var store = new TestStore(temp.resolve("store"))) {
      Image image = load(store, SmallImage.layout(temp.resolve("small")));
      Path snapshot = store.root().resolve("snapshots").resolve("c");
      Files.createDirectories(snapshot.resolve("snapshot.json").resolve("in the way"));
      assertThrows(EngineException.class, () -> store.images().snapshots().prepare("c", image));
      assertFalse(Files.exists(snapshot), "nobody asks for it to be removed");
      store.images().snapshots().prepare("c", image);
    }
  }

  @Test
  void imagesAndSnapshotsAreFoundAgain() throws Exception {
    Image image;
    try (var store = new TestStore(temp.resolve("store"))) {
      image = load(store, SmallImage.layout(temp.resolve("small")));
      store.images().snapshots().prepare("c", image);
      store.images().snapshots().view("v", image);
    }
    try (var store = new TestStore(temp.resolve("store"))) {
      assertEquals(List.of(image), store.images().list());
      assertEquals(2, store.images().snapshots().list().size());
      assertTrue(store.images().snapshots().find("c").orElseThrow().writable().isPresent());
      assertTrue(store.images().snapshots().find("v").orElseThrow().writable().isEmpty());
    }
  }

  @Test
  void afterAPowerCutWhatWasNotOnTheDiskIsNotBelieved() throws Exception {
    Image image;
    try (var store = new TestStore(temp.resolve("store"))) {
      image = load(store, SmallImage.layout(temp.resolve("small")));
    }
    // As it would be had the machine stopped before the disk had it all.
    for (String folder : List.of("layers", "images")) {
      try (var walk = Files.walk(temp.resolve("store/image").resolve(folder), 2)) {
        for (Path record : walk.filter(path -> path.toString().endsWith(".json")).toList()) {
          String text = Files.readString(record);
          Files.writeString(
              record,
              text.replaceAll("\"synced\"\\s*:\\s*true,?", "")
                  .replaceAll("\"boot\"\\s*:\\s*\"[^\"]*\"", "\"boot\":\"another\""));
        }
      }
    }
    try (var store = new TestStore(temp.resolve("store"))) {
      // The blobs are whole, so the image is; its layers are unpacked again.
      assertEquals(List.of(image), store.images().list());
      Snapshot snapshot = store.images().snapshots().prepare("c", image);
      assertEquals("more", Files.readString(snapshot.lower().get(0).resolve("etc/more")));
    }
    Path blob = temp.resolve("store/image/blobs/sha256").resolve(image.id().hex());
    Files.write(blob, new byte[(int) Files.size(blob)]);
    try (var store = new TestStore(temp.resolve("store"))) {
      assertEquals(List.of(), store.images().list());
      assertFalse(Files.exists(blob));
    }
  }

  @Test
  void aBombIsRefused() throws Exception {
    byte[] zeros = new TarBuilder().file("zeros", new byte[8 << 20]).build();
    OciLayout layout =
        new OciLayout(temp.resolve("bomb")).image("t", Map.of(), List.of(OciLayout.gzip(zeros)));
    try (var store = new TestStore(temp.resolve("store"), List.of(), LIMITS);
        var registry = new LayoutRegistry(layout)) {
      var refusal = assertThrows(EngineException.class, () -> load(store, layout));
      assertEquals(EngineException.Kind.INVALID_ARGUMENT, refusal.kind());
      assertTrue(refusal.getMessage().contains("bomb"), refusal.getMessage());
      refusal = assertThrows(EngineException.class, () -> store.pull(registry.name("t")));
      assertEquals(EngineException.Kind.FAILED_PRECONDITION, refusal.kind());
      assertTrue(refusal.getMessage().contains("bomb"), refusal.getMessage());
      assertEquals(new Usage(0, 0), store.images().usage());
      assertEquals(List.of(), leftovers(store));
    }
  }

  @Test
  void aLayerThatIsLargerThanAllowedIsRefused() throws Exception {
    byte[] noise = new byte[17 << 20];
    new Random(3).nextBytes(noise);
    byte[] tar = new TarBuilder().file("noise", noise).build();
    OciLayout layout =
        new OciLayout(temp.resolve("large"))
            .image("plain", Map.of(), List.of(OciLayout.plain(tar)))
            .image("packed", Map.of(), List.of(OciLayout.gzip(tar)));
    try (var store = new TestStore(temp.resolve("store"), List.of(), LIMITS);
        var registry = new LayoutRegistry(layout)) {
      for (String tag : List.of("plain", "packed")) {
        var refusal = assertThrows(EngineException.class, () -> store.pull(registry.name(tag)));
        assertEquals(EngineException.Kind.FAILED_PRECONDITION, refusal.kind());
        assertTrue(refusal.getMessage().contains("more than 16777216"), refusal.getMessage());
        assertEquals(new Usage(0, 0), store.images().usage());
      }
    }
  }

  @Test
  void archivesHaveTheSameLimits() throws Exception {
    byte[] zeros = OciLayout.gzip(new TarBuilder().file("z", new byte[8 << 20]).build()).blob();
    byte[] noise = new byte[17 << 20];
    new Random(3).nextBytes(noise);
    byte[] large = new TarBuilder().file("noise", noise).build();
    try (var store = new TestStore(temp.resolve("store"), List.of(), LIMITS)) {
      for (byte[] archive : List.of(zeros, large)) {
        String why = archive == zeros ? "bomb" : "more than 16777216";
        for (boolean asImage : List.of(true, false)) {
          var refusal = assertThrows(EngineException.class, () -> bring(store, archive, asImage));
          assertEquals(EngineException.Kind.INVALID_ARGUMENT, refusal.kind());
          assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
          assertEquals(new Usage(0, 0), store.images().usage());
          assertEquals(List.of(), leftovers(store));
        }
      }
    }
  }

  private static void bring(TestStore store, byte[] archive, boolean asImage) {
    var in = new ByteArrayInputStream(archive);
    var archives = store.images().archives();
    if (asImage) {
      archives.load(in, Optional.empty(), PullProgress.NONE, new Cancellation());
    } else {
      ImageReference name = ImageReference.parse("my/root");
      archives.importRootfs(in, name, List.of(), PullProgress.NONE, new Cancellation());
    }
  }

  @Test
  void aLayerWhoseFilesAreLostIsUnpackedAgain() throws Exception {
    Image image;
    try (var store = new TestStore(temp.resolve("store"))) {
      image = load(store, SmallImage.layout(temp.resolve("small")));
    }
    try (var layers = Files.list(temp.resolve("store/image/layers"))) {
      for (Path layer : layers.toList()) {
        FolderTree.delete(layer.resolve("fs"));
      }
    }
    try (var store = new TestStore(temp.resolve("store"))) {
      Snapshot snapshot = store.images().snapshots().prepare("c", image);
      assertEquals("more", Files.readString(snapshot.lower().get(0).resolve("etc/more")));
    }
  }

  @Test
  void anImageIsEitherUsedOrRemoved() throws Exception {
    OciLayout layout = SmallImage.layout(temp.resolve("small"));
    try (var store = new TestStore(temp.resolve("store"))) {
      for (int round = 0; round < 200; round++) {
        Image image = load(store, layout);
        var pruned = CompletableFuture.supplyAsync(() -> store.images().prune(true));
        boolean used;
        try {
          store.images().snapshots().prepare("c", image);
          used = true;
        } catch (EngineException e) {
          assertEquals(EngineException.Kind.NOT_FOUND, e.kind(), e.getMessage());
          used = false;
        }
        assertEquals(used ? List.of() : List.of(image), pruned.get(60, TimeUnit.SECONDS));
        store.images().snapshots().remove("c");
      }
    }
  }

  @Test
  void anImageOfManyLayersFitsOneMount() throws Exception {
    var layers = new ArrayList<OciLayout.PackedLayer>();
    for (int i = 0; i < 130; i++) {
      layers.add(OciLayout.plain(new TarBuilder().file("f" + i, "x").build()));
    }
    OciLayout layout = new OciLayout(temp.resolve("many")).image("t", Map.of(), layers);
    try (var store = new TestStore(temp.resolve("store"))) {
      Snapshot snapshot = store.images().snapshots().prepare("c", load(store, layout));
      String lower =
          snapshot.lower().stream()
              .map(folder -> snapshot.layers().relativize(folder).toString())
              .collect(Collectors.joining(":"));
      assertTrue(lower.length() < 1500, "mount(2) takes 4095 bytes of options");
      Path merged = Files.createDirectory(temp.resolve("merged"));
      Commands.run(
          snapshot.layers(),
          "mount",
          "-t",
          "overlay",
          "overlay",
          "-o",
          "lowerdir=" + lower,
          merged.toString());
      try (var files = Files.list(merged)) {
        assertEquals(130, files.count());
      } finally {
        Commands.run("umount", merged.toString());
      }
    }
  }

  @Test
  void pruneLeavesWhatIsPinnedOrInUse() throws Exception {
    try (var store =
        new TestStore(temp.resolve("store"), List.of("pinned/image:t"), UnpackLimits.DEFAULT)) {
      Image used = load(store, SmallImage.layout(temp.resolve("used"), "used"));
      var archives = store.images().archives();
      Image pinned =
          archives
              .loadFolder(
                  SmallImage.layout(temp.resolve("pin"), "pin").folder(),
                  Optional.of("pinned/image"),
                  PullProgress.NONE,
                  new Cancellation())
              .get(0);
      Image idle =
          archives
              .loadFolder(
                  SmallImage.layout(temp.resolve("idle"), "idle").folder(),
                  Optional.of("idle"),
                  PullProgress.NONE,
                  new Cancellation())
              .get(0);
      assertTrue(pinned.pinned());
      store.images().snapshots().prepare("c", used);
      assertEquals(List.of(), store.images().prune(false));
      assertEquals(List.of(idle), store.images().prune(true));
      assertEquals(2, store.images().list().size());
    }
  }
}

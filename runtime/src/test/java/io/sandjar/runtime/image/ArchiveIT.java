package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.SmallImage;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Archives as other tools write and read them. */
class ArchiveIT {
  private final WorkFolder temp = new WorkFolder();
  private TestStore store;
  private OciLayout layout;

  @BeforeEach
  void open() throws Exception {
    Commands.requireRoot();
    store = new TestStore(temp.resolve("store"));
    layout = SmallImage.layout(temp.resolve("layout"));
  }

  @AfterEach
  void close() {
    store.close();
    temp.close();
  }

  private List<Image> load(Path archive) throws Exception {
    try (InputStream in = Files.newInputStream(archive)) {
      return store
          .images()
          .archives()
          .load(in, Optional.empty(), PullProgress.NONE, new Cancellation());
    }
  }

  private void check(Image image) throws Exception {
    assertEquals(List.of("sh"), image.config().cmd());
    var snapshot = store.images().snapshots().view("v", image);
    assertEquals("more", Files.readString(snapshot.lower().get(0).resolve("etc/more")));
    store.images().snapshots().remove("v");
    store.images().remove(image.id().toString());
    assertEquals(new Usage(0, 0), store.images().usage());
  }

  @Test
  void dockerAndOciArchivesAreLoadedPackedOrNot() throws Exception {
    Path docker = temp.resolve("docker.tar");
    Commands.run(
        "skopeo", "copy", "-q", layout.source("t"), "docker-archive:" + docker + ":some/name:v1");
    Path oci = temp.resolve("oci.tar");
    Commands.run(
        "skopeo", "copy", "-q", layout.source("t"), "oci-archive:" + oci + ":some/name:v1");
    Commands.run("gzip", "-k", docker.toString());
    Commands.run("zstd", "-q", oci.toString());
    for (String file : List.of("docker.tar", "oci.tar", "docker.tar.gz", "oci.tar.zst")) {
      List<Image> images = load(temp.resolve(file));
      assertEquals(
          List.of("docker.io/some/name:v1"), images.get(0).repoTags(), file + " was loaded as");
      check(images.get(0));
    }
  }

  @Test
  void aLayoutsFolderIsLoadedUnderABaseName() throws Exception {
    List<Image> images =
        store
            .images()
            .archives()
            .loadFolder(
                layout.folder(), Optional.of("local/app"), PullProgress.NONE, new Cancellation());
    assertEquals(List.of("docker.io/local/app:t"), images.get(0).repoTags());
    check(images.get(0));
    assertTrue(Files.exists(layout.folder().resolve("index.json")));
  }

  @Test
  void whatIsSavedOthersReadAndWeLoadAgain() throws Exception {
    Image image =
        store
            .images()
            .archives()
            .loadFolder(
                layout.folder(), Optional.of("local/app"), PullProgress.NONE, new Cancellation())
            .get(0);
    Path saved = temp.resolve("saved.tar");
    try (OutputStream out = Files.newOutputStream(saved)) {
      store.images().archives().save(List.of("local/app:t"), out);
    }
    for (String form : List.of("docker-archive:" + saved, "oci-archive:" + saved)) {
      Path copy = temp.resolve("copy-" + form.substring(0, 3));
      Commands.run("skopeo", "copy", "-q", form, "oci:" + copy + ":t");
      assertTrue(
          Commands.run("skopeo", "inspect", "--config", "oci:" + copy + ":t").contains("\"A=b\""));
    }
    store.images().remove(image.id().toString());
    Image again = load(saved).get(0);
    assertEquals(image, again);
    check(again);
  }

  @Test
  void imagesOfADockerArchiveMayShareAPackedLayersFile() throws Exception {
    byte[] tar = new TarBuilder().file("shared", "x").build();
    byte[] packed = OciLayout.gzip(tar).blob();
    String diffId = "\"" + Digest.sha256(tar) + "\"";
    String config =
        "{\"os\":\"linux\",\"architecture\":\"%s\",\"author\":\"%s\",\"rootfs\":{\"diff_ids\":[%s]}}";
    String architecture = Platform.host().architecture();
    byte[] archive =
        new TarBuilder()
            .file("layer.tgz", packed)
            .symlink("same.tgz", "layer.tgz")
            .file("twice.json", config.formatted(architecture, "a", diffId + "," + diffId))
            .file("once.json", config.formatted(architecture, "b", diffId))
            .file(
                "manifest.json",
                """
                [{"Config":"twice.json","RepoTags":["twice:1"],"Layers":["layer.tgz","layer.tgz"]},
                 {"Config":"once.json","RepoTags":["once:1"],"Layers":["same.tgz"]}]
                """)
            .build();
    List<Image> images =
        store
            .images()
            .archives()
            .load(
                new ByteArrayInputStream(archive),
                Optional.empty(),
                PullProgress.NONE,
                new Cancellation());
    assertEquals(List.of(2, 1), images.stream().map(image -> image.chainIds().size()).toList());
    for (Image image : images) {
      var snapshot = store.images().snapshots().view("v", image);
      assertEquals("x", Files.readString(snapshot.lower().get(0).resolve("shared")));
      store.images().snapshots().remove("v");
    }
  }

  @Test
  void aCallerWhoLeavesEndsALoadAndLeavesNothing() throws Exception {
    var cancellation = new Cancellation();
    cancellation.cancel(EngineException.Kind.CANCELLED, "gone");
    var archives = store.images().archives();
    byte[] tar = new TarBuilder().file("etc/passwd", "x").build();
    for (Runnable work :
        List.<Runnable>of(
            () ->
                archives.load(
                    new ByteArrayInputStream(tar),
                    Optional.empty(),
                    PullProgress.NONE,
                    cancellation),
            () ->
                archives.loadFolder(
                    layout.folder(), Optional.of("a"), PullProgress.NONE, cancellation),
            () ->
                archives.importRootfs(
                    new ByteArrayInputStream(tar),
                    ImageReference.parse("a"),
                    List.of(),
                    PullProgress.NONE,
                    cancellation))) {
      var end = assertThrows(EngineException.class, work::run);
      assertEquals(EngineException.Kind.CANCELLED, end.kind(), end.getMessage());
      assertEquals(new Usage(0, 0), store.images().usage());
    }
  }

  @Test
  void aClientWhoStopsKeepsNothingFromBeingRemoved() throws Exception {
    Image image =
        store
            .images()
            .archives()
            .loadFolder(
                layout.folder(), Optional.of("local/app"), PullProgress.NONE, new Cancellation())
            .get(0);
    var saved = new PipedInputStream();
    var out = new PipedOutputStream(saved);
    var saving =
        CompletableFuture.runAsync(
            () -> {
              try (out) {
                store.images().archives().save(List.of("local/app:t"), out);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    int first = saved.read();
    var sending = new PipedOutputStream();
    var sent = new PipedInputStream(sending);
    var loading =
        CompletableFuture.supplyAsync(
            () ->
                store
                    .images()
                    .archives()
                    .load(sent, Optional.empty(), PullProgress.NONE, new Cancellation()));
    sending.write(first);
    store.images().remove(image.id().toString());
    assertEquals(new Usage(0, 0), store.images().usage());
    // What was opened is still read whole, and here comes back in.
    saved.transferTo(sending);
    sending.close();
    saving.get(60, TimeUnit.SECONDS);
    assertEquals(List.of(image), loading.get(60, TimeUnit.SECONDS));
  }

  @Test
  void aRootFileSystemBecomesAnImage() throws Exception {
    byte[] tar = new TarBuilder().as(0755, 0, 0).folder("bin/").file("bin/true", "x").build();
    Image image =
        store
            .images()
            .archives()
            .importRootfs(
                new ByteArrayInputStream(OciLayout.gzip(tar).blob()),
                ImageReference.parse("my/root"),
                List.of("/bin/true"),
                PullProgress.NONE,
                new Cancellation());
    assertEquals(List.of("docker.io/my/root:latest"), image.repoTags());
    assertEquals(List.of("/bin/true"), image.config().cmd());
    var snapshot = store.images().snapshots().prepare("c", image);
    assertTrue(Files.exists(snapshot.lower().get(0).resolve("bin/true")));
  }

  @Test
  void whatIsNoImageIsRefusedAndLeavesNothing() throws Exception {
    byte[] tar = new TarBuilder().file("etc/passwd", "x").build();
    var refusal =
        assertThrows(
            EngineException.class,
            () ->
                store
                    .images()
                    .archives()
                    .load(
                        new ByteArrayInputStream(tar),
                        Optional.empty(),
                        PullProgress.NONE,
                        new Cancellation()));
    assertEquals(EngineException.Kind.INVALID_ARGUMENT, refusal.kind());
    assertTrue(refusal.getMessage().contains("import"), refusal.getMessage());
    byte[] noise = "this is no archive at all".repeat(100).getBytes("US-ASCII");
    assertThrows(
        EngineException.class,
        () ->
            store
                .images()
                .archives()
                .load(
                    new ByteArrayInputStream(noise),
                    Optional.empty(),
                    PullProgress.NONE,
                    new Cancellation()));
    assertEquals(new Usage(0, 0), store.images().usage());
  }
}

package io.sandjar.runtime.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.SlowRegistry;
import io.sandjar.runtime.image.fixture.SmallImage;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import io.sandjar.runtime.image.snapshot.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
    return pushSmall(registry, name, "more");
  }

  private String pushSmall(LocalRegistry registry, String name, String content) throws Exception {
    OciLayout layout = SmallImage.layout(temp.resolve("layout-" + content), content);
    return registry.push(layout.source("t"), name);
  }

  private EngineException refused(String name) {
    return assertThrows(EngineException.class, () -> store.pull(name));
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

  @Test
  void aPasswordIsTakenFromTheCallOrTheNodesConfig() throws Exception {
    try (var registry = LocalRegistry.withPassword(temp.resolve("registry"))) {
      String name = pushSmall(registry, "private:v1");
      assertEquals(EngineException.Kind.PERMISSION_DENIED, refused(name).kind());

      var wrong = new Credentials.Password(LocalRegistry.USER, "wrong");
      assertThrows(EngineException.class, () -> pullWith(name, wrong));
      pullWith(name, new Credentials.Password(LocalRegistry.USER, LocalRegistry.PASSWORD));
      store.images().remove(name);

      String auth =
          Base64.getEncoder()
              .encodeToString((LocalRegistry.USER + ":" + LocalRegistry.PASSWORD).getBytes(UTF_8));
      Files.writeString(
          store.dockerConfig(),
          "{\"auths\": {\"http://%s/v1/\": {\"auth\": \"%s\"}}}".formatted(registry.host(), auth));
      store.pull(name);
    }
  }

  private Image pullWith(String name, Credentials credentials) {
    return store
        .images()
        .pull(
            new PullRequest(ImageReference.parse(name), Optional.of(credentials), Platform.host()),
            PullProgress.NONE,
            new Cancellation());
  }

  @Test
  void tlsNeedsTheRegistrysAuthority() throws Exception {
    try (var registry = LocalRegistry.withTls(temp.resolve("registry"))) {
      String name = pushSmall(registry, "secure:v1");
      String server = "server = \"https://" + registry.host() + "\"\n";
      store.hosts(registry.host(), server);
      String message = refused(name).getMessage();
      assertTrue(message.contains("PKIX") || message.contains("certif"), message);
      store.hosts(registry.host(), server + "skip_verify = true\n");
      store.pull(name);
      store.images().remove(name);
      store.hosts(
          registry.host(), server + "ca = \"" + registry.certificate().orElseThrow() + "\"\n");
      store.pull(name);
    }
  }

  @Test
  void aClientCertificateOpensARegistryThatAsksForOne() throws Exception {
    try (var registry = LocalRegistry.withClientCertificates(temp.resolve("registry"))) {
      String name = pushSmall(registry, "mutual:v1");
      String settings =
          "server = \"https://%s\"\nca = \"%s\"\n"
              .formatted(registry.host(), registry.certificate().orElseThrow());
      store.hosts(registry.host(), settings);
      refused(name);
      Path folder = temp.resolve("registry");
      store.hosts(
          registry.host(),
          settings
              + "client = [[\"%s\", \"%s\"]]\n"
                  .formatted(folder.resolve("client.pem"), folder.resolve("client.key")));
      store.pull(name);
    }
  }

  @Test
  void mirrorsAreAskedFirstAndInOrder() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      pushSmall(registry, "library/nginx:1.14.2");
      int nobody = LocalRegistry.freePort();
      store.hosts(
          "docker.io",
          """
          server = "http://127.0.0.1:%d"
          [host."http://127.0.0.1:%d"]
          capabilities = ["pull", "resolve"]
          [host."http://%s"]
          """
              .formatted(nobody, nobody, registry.host()));
      Image image = store.pull("nginx:1.14.2");
      assertEquals(List.of("docker.io/library/nginx:1.14.2"), image.repoTags());
      assertEquals(image, store.images().get("nginx:1.14.2"));

      EngineException refusal = refused("nginx:none");
      assertTrue(refusal.getMessage().contains("MANIFEST_UNKNOWN"), refusal.getMessage());
    }
  }

  @Test
  void anUnknownImageIsNotFoundAndADeadRegistryUnavailable() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      assertEquals(
          EngineException.Kind.NOT_FOUND, refused(registry.host() + "/no/such:tag").kind());
    }
    assertEquals(
        EngineException.Kind.UNAVAILABLE,
        refused("127.0.0.1:" + LocalRegistry.freePort() + "/a:b").kind());
  }

  @Test
  void anIndexGivesTheImageOfThisMachine() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      byte[] tar = new TarBuilder().file("f", "x").build();
      String host = Platform.host().architecture();
      String other = host.equals("s390x") ? "ppc64le" : "s390x";
      OciLayout layout =
          new OciLayout(temp.resolve("index"))
              .image("o", Map.of("Cmd", List.of("other")), List.of(OciLayout.gzip(tar)), other)
              .image("h", Map.of("Cmd", List.of("host")), List.of(OciLayout.gzip(tar)), host)
              .index("both");
      Image image = store.pull(registry.push(layout.source("both"), "multi:v1"));
      assertEquals(List.of("host"), image.config().cmd());
      String single = registry.push(layout.source("o"), "single:v1");
      assertTrue(refused(single).getMessage().contains("not for " + Platform.host()));
    }
  }

  @Test
  void aTagThatMovesLeavesTheOldImageItsDigest() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      String name = pushSmall(registry, "moving:v1", "one");
      Image old = store.pull(name);
      pushSmall(registry, "moving:v1", "two");
      Image now = store.pull(name);
      assertEquals(List.of(name), now.repoTags());
      Image before = store.images().get(old.id().toString());
      assertEquals(List.of(), before.repoTags());
      assertEquals(old.repoDigests(), before.repoDigests());
      // Only what is new was fetched: the base layer is one and shared.
      assertEquals(old.chainIds().get(0), now.chainIds().get(0));

      store.images().remove(old.repoDigests().get(0));
      assertEquals(List.of(now), store.images().list());
      store.images().remove(name);
      store.images().remove(name);
      assertEquals(List.of(), store.images().list());
      assertEquals(new Usage(0, 0), store.images().usage());
    }
  }

  @Test
  void layersOfARemovedImageStayWhileAContainerShowsThem() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      Image image = store.pull(pushSmall(registry, "used:v1"));
      Snapshot snapshot = store.images().snapshots().prepare("user", image);
      store.images().remove(image.id().toString());
      assertTrue(Files.exists(snapshot.lower().get(1).resolve("etc/os")));
      store.images().snapshots().remove("user");
      assertFalse(Files.exists(snapshot.lower().get(1)));
    }
  }

  @Test
  void aCallerWhoLeavesEndsThePullAndLeavesNothing() throws Exception {
    try (var server = new SlowRegistry(8 << 20)) {
      var cancellation = new Cancellation();
      var started = new CompletableFuture<Void>();
      var pull =
          CompletableFuture.supplyAsync(
              () ->
                  store
                      .images()
                      .pull(
                          PullRequest.of(server.name()),
                          (blob, stage, done, total) -> {
                            if (stage == PullProgress.Stage.DOWNLOADING) {
                              started.complete(null);
                            }
                          },
                          cancellation));
      started.get(60, TimeUnit.SECONDS);
      cancellation.cancel(EngineException.Kind.DEADLINE_EXCEEDED, "too slow");
      var failure = assertThrows(ExecutionException.class, () -> pull.get(60, TimeUnit.SECONDS));
      assertEquals("too slow", failure.getCause().getMessage());
      awaitNothing();
    }
  }

  @Test
  void aCallerWhoLeavesAmidstTheConfigurationLeavesNothing() throws Exception {
    try (var server = new SlowRegistry(1000)) {
      server.hang();
      var cancellation = new Cancellation();
      var pull =
          CompletableFuture.supplyAsync(
              () ->
                  store
                      .images()
                      .pull(PullRequest.of(server.name()), PullProgress.NONE, cancellation));
      server.awaitHanging();
      cancellation.cancel(EngineException.Kind.CANCELLED, "gone");
      assertThrows(ExecutionException.class, () -> pull.get(60, TimeUnit.SECONDS));
      awaitNothing();
    }
  }

  /** The work itself ends behind its caller's back. */
  private void awaitNothing() throws Exception {
    for (int i = 0; i < 1200 && store.images().usage().inodes() > 0; i++) {
      Thread.sleep(50);
    }
    assertEquals(new Usage(0, 0), store.images().usage());
  }

  @Test
  void anErrorWhileALayerComesEndsThePull() throws Exception {
    try (var server = new SlowRegistry(1 << 20)) {
      var pull =
          CompletableFuture.supplyAsync(
              () ->
                  store
                      .images()
                      .pull(
                          PullRequest.of(server.name()),
                          (blob, stage, done, total) -> {
                            if (stage == PullProgress.Stage.DOWNLOADING) {
                              throw new StackOverflowError("of a listener");
                            }
                          },
                          new Cancellation()));
      var failure = assertThrows(ExecutionException.class, () -> pull.get(60, TimeUnit.SECONDS));
      assertTrue(failure.getMessage().contains("of a listener"), failure.getMessage());
      store.pull(server.name());
    }
  }

  @Test
  void aBrokenConnectionIsTakenUpWhereItEnded() throws Exception {
    try (var server = new SlowRegistry(1 << 20)) {
      server.breakAfter(300_000);
      Image image = store.pull(server.name());
      assertEquals(1, image.chainIds().size());
      List<Long> starts = server.starts();
      assertEquals(2, starts.size());
      // What was on its way when the connection broke may be asked for again.
      assertTrue(starts.get(1) > 0 && starts.get(1) <= 300_000, starts.toString());
    }
  }

  @Test
  void equalPullsAtTheSameTimeAreOne() throws Exception {
    try (var server = new SlowRegistry(1 << 20)) {
      var pulls =
          List.of(1, 2, 3, 4).stream()
              .map(i -> CompletableFuture.supplyAsync(() -> store.pull(server.name())))
              .toList();
      for (var pull : pulls) {
        pull.get(60, TimeUnit.SECONDS);
      }
      assertEquals(List.of(0L), server.starts());
    }
  }

  @Test
  void pullsOfOneImageUnderTwoNamesDoNotDisturbEachOther() throws Exception {
    try (var registry = LocalRegistry.open(temp.resolve("registry"))) {
      String one = pushSmall(registry, "one:v1");
      String two = pushSmall(registry, "two:v1");
      for (int round = 0; round < 10; round++) {
        var first = CompletableFuture.supplyAsync(() -> store.pull(one));
        var second = CompletableFuture.supplyAsync(() -> store.pull(two));
        assertEquals(first.get(60, TimeUnit.SECONDS).id(), second.get(60, TimeUnit.SECONDS).id());
        store.images().remove(store.images().get(one).id().toString());
      }
    }
  }

  @Test
  void aBlobThatIsNotItsDigestIsRefused() throws Exception {
    try (var server = new SlowRegistry(1 << 20)) {
      server.lie();
      EngineException refusal = refused(server.name());
      assertTrue(refusal.getMessage().contains("does not match its digest"), refusal.getMessage());
      awaitNothing();
    }
  }
}

package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.ForwardProxy;
import io.sandjar.runtime.image.fixture.LayoutRegistry;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.SlowRegistry;
import io.sandjar.runtime.image.fixture.SmallImage;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.TokenService;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The ways to a registry that are not the straight one: token services, proxies, other servers. */
class RegistryAccessIT {
  private static final Credentials RIGHT =
      new Credentials.Password(LocalRegistry.USER, LocalRegistry.PASSWORD);

  private final WorkFolder temp = new WorkFolder();

  @BeforeEach
  void requireRoot() {
    Commands.requireRoot();
  }

  @AfterEach
  void clean() {
    temp.close();
  }

  private TestStore store() throws Exception {
    return new TestStore(temp.resolve("store"));
  }

  private String pushSmall(LocalRegistry registry, String name) throws Exception {
    return registry.push(SmallImage.layout(temp.resolve("layout")).source("t"), name);
  }

  private static Image pullWith(TestStore store, String name, Credentials credentials) {
    return store
        .images()
        .pull(
            new PullRequest(ImageReference.parse(name), Optional.of(credentials), Platform.host()),
            PullProgress.NONE,
            new Cancellation());
  }

  @Test
  void aTokenServiceOpensTheRegistry() throws Exception {
    try (var service = new TokenService(temp.resolve("tokens"));
        var registry = LocalRegistry.withTokens(temp.resolve("registry"), service);
        var store = store()) {
      String open = pushSmall(registry, "public/image:v1");
      String closed = pushSmall(registry, "private/image:v1");
      int pushes = service.asked().size();

      store.pull(open);
      // One token opens the manifest and all blobs.
      assertEquals(
          List.of("nobody repository:public/image:pull"),
          service.asked().subList(pushes, service.asked().size()));

      var refusal = assertThrows(EngineException.class, () -> store.pull(closed));
      assertEquals(Kind.PERMISSION_DENIED, refusal.kind(), refusal.getMessage());
      var wrong = new Credentials.Password(LocalRegistry.USER, "wrong");
      refusal = assertThrows(EngineException.class, () -> pullWith(store, closed, wrong));
      assertEquals(Kind.PERMISSION_DENIED, refusal.kind(), refusal.getMessage());

      pullWith(store, closed, RIGHT);
      store.images().remove(closed);
      pullWith(store, closed, new Credentials.IdentityToken(TokenService.IDENTITY));
    }
  }

  @Test
  void aCredentialHelperAnswersForTheNode() throws Exception {
    Path helper = temp.resolve("docker-credential-fixed");
    Files.writeString(
        helper,
        "#!/bin/sh\nread server\necho '{\"Username\":\"%s\",\"Secret\":\"%s\"}'\n"
            .formatted(LocalRegistry.USER, LocalRegistry.PASSWORD));
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
    var environment = Map.of("PATH", temp.path() + ":" + System.getenv("PATH"));
    try (var registry = LocalRegistry.withPassword(temp.resolve("registry"));
        var store = new TestStore(temp.resolve("store"), environment)) {
      String name = pushSmall(registry, "private:v1");
      Files.writeString(
          store.dockerConfig(),
          "{\"credHelpers\": {\"%s\": \"fixed\"}}".formatted(registry.host()));
      store.pull(name);
    }
  }

  @Test
  void proxiesAreUsedForPlainAndForSecureServers() throws Exception {
    try (var plain = LocalRegistry.open(temp.resolve("plain"));
        var secure = LocalRegistry.withTls(temp.resolve("secure"));
        var plainProxy = new ForwardProxy(plain.port());
        var secureProxy = new ForwardProxy(secure.port());
        var store =
            new TestStore(
                temp.resolve("store"),
                Map.of(
                    "HTTP_PROXY", "http://user:pass%3Aword@" + plainProxy.address(),
                    "HTTPS_PROXY", "http://user:pass%3Aword@" + secureProxy.address(),
                    "NO_PROXY", "direct.invalid"))) {
      pushSmall(plain, "image:v1");
      pushSmall(secure, "image:v1");
      plainProxy.askFor("user:pass:word");
      secureProxy.askFor("user:pass:word");
      store.hosts("plain.invalid", "server = \"http://plain.invalid\"\n");
      store.hosts("secure.invalid", "server = \"https://secure.invalid\"\nskip_verify = true\n");
      store.hosts("direct.invalid", "server = \"http://direct.invalid\"\n");

      store.pull("plain.invalid/image:v1");
      assertTrue(
          plainProxy.asked().get(0).startsWith("GET http://plain.invalid/v2/image/manifests/v1"),
          plainProxy.asked().toString());
      store.images().remove("plain.invalid/image:v1");
      store.pull("secure.invalid/image:v1");
      assertEquals("CONNECT secure.invalid:443 HTTP/1.1", secureProxy.asked().get(0));

      var refusal =
          assertThrows(EngineException.class, () -> store.pull("direct.invalid/image:v1"));
      assertEquals(Kind.UNAVAILABLE, refusal.kind(), refusal.getMessage());
    }
  }

  @Test
  void aBlobMayLieOnAnotherServerWhichIsNotToldThePassword() throws Exception {
    try (var server = new SlowRegistry(200_000);
        var store = store()) {
      server.askForPassword();
      server.storeElsewhere();
      server.breakAfter(100_000);
      pullWith(store, server.name(), RIGHT);
      // The broken transfer went on at the other server as well.
      assertEquals(2, server.starts().size(), server.starts().toString());
      assertEquals(List.of(), server.strangersAuthorization());
    }
  }

  @Test
  void credentialsOfAServerAreNotShownToItsMirror() throws Exception {
    var nothing = new OciLayout(temp.resolve("nothing"));
    try (var mirror = new LayoutRegistry(nothing);
        var registry = LocalRegistry.withPassword(temp.resolve("registry"));
        var store = store()) {
      mirror.askForPassword();
      String name = pushSmall(registry, "private:v1");
      store.hosts(
          registry.host(),
          "server = \"http://%s\"\n[host.\"http://%s\"]\n"
              .formatted(registry.host(), mirror.host()));
      pullWith(store, name, new Credentials.OfServer("https://" + registry.host() + "/v1/", RIGHT));
      assertEquals(List.of(), mirror.shown());
      store.images().remove(name);
      // Without a server they are for whomever the node asks in the registry's place.
      pullWith(store, name, RIGHT);
      assertEquals(1, Set.copyOf(mirror.shown()).size());
    }
  }

  @Test
  void aBusyServerIsAskedAgain() throws Exception {
    try (var server = new SlowRegistry(10_000);
        var store = store()) {
      server.beBusy(3);
      store.pull(server.name());
      store.images().remove(server.name());
      server.beBusy(1000);
      var refusal = assertThrows(EngineException.class, () -> store.pull(server.name()));
      assertEquals(Kind.UNAVAILABLE, refusal.kind(), refusal.getMessage());
      assertEquals(new Usage(0, 0), store.images().usage());
    }
  }

  @Test
  void anImageOnTheSameBaseTransfersOnlyWhatIsNew() throws Exception {
    var base = OciLayout.gzip(new TarBuilder().file("base", "of both").build());
    var one = OciLayout.gzip(new TarBuilder().file("one", "1").build());
    var two = OciLayout.gzip(new TarBuilder().file("two", "2").build());
    var layout =
        new OciLayout(temp.resolve("layout"))
            .image("one", Map.of(), List.of(base, one))
            .image("two", Map.of(), List.of(base, two));
    try (var registry = LocalRegistry.open(temp.resolve("registry"));
        var store = store()) {
      store.pull(registry.push(layout.source("one"), "one:v1"));
      Set<Digest> transferred = ConcurrentHashMap.newKeySet();
      Set<Digest> known = ConcurrentHashMap.newKeySet();
      store
          .images()
          .pull(
              PullRequest.of(registry.push(layout.source("two"), "two:v1")),
              (blob, stage, done, total) -> {
                if (stage == PullProgress.Stage.DOWNLOADING) {
                  transferred.add(blob);
                } else if (stage == PullProgress.Stage.EXISTS) {
                  known.add(blob);
                }
              },
              new Cancellation());
      assertEquals(Set.of(Digest.sha256(two.blob())), transferred);
      assertEquals(Set.of(Digest.sha256(base.blob())), known);
    }
  }
}

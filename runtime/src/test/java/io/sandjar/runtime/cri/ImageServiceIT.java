package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.AuthConfig;
import io.sandjar.cri.v1.FilesystemUsage;
import io.sandjar.cri.v1.Image;
import io.sandjar.cri.v1.ImageFilter;
import io.sandjar.cri.v1.ImageFsInfoRequest;
import io.sandjar.cri.v1.ImageFsInfoResponse;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ImageStatusRequest;
import io.sandjar.cri.v1.ImageStatusResponse;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.cri.v1.StreamImagesRequest;
import io.sandjar.runtime.daemon.DaemonProcess;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.fixture.LayoutRegistry;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.OciLayout;
import io.sandjar.runtime.image.fixture.SlowRegistry;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.WorkFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every RPC of the ImageService, as a kubelet calls it, against a daemon and a registry. */
class ImageServiceIT {
  private static final long PATIENCE_SECONDS = 60;

  private static WorkFolder temp;
  private static LocalRegistry registry;
  private static LocalRegistry closedRegistry;
  private static DaemonProcess daemon;
  private static CriClient client;
  private static String numbered;
  private static String named;
  private static String pinned;
  private static String closed;

  @BeforeAll
  static void start() throws Exception {
    temp = new WorkFolder();
    registry = LocalRegistry.open(temp.resolve("registry"));
    closedRegistry = LocalRegistry.withPassword(temp.resolve("closed"));
    Path layouts = temp.resolve("layout");
    byte[] base = new TarBuilder().file("base", "of all").build();
    var layout =
        new OciLayout(layouts)
            .image("numbered", Map.of("User", "7:8", "Cmd", List.of("sh")), layers(base, "1"))
            .image("named", Map.of("User", "www-data:adm"), layers(base, "2"))
            .image("pinned", Map.of(), layers(base, "3"));
    numbered = registry.push(layout.source("numbered"), "numbered:v1");
    named = registry.push(layout.source("named"), "named:v1");
    pinned = registry.push(layout.source("pinned"), "pinned:v1");
    closed = closedRegistry.push(layout.source("named"), "closed:v1");
    Path state = Files.createDirectory(temp.resolve("daemon"));
    daemon = DaemonProcess.start(state, "image: {pinned: [\"" + pinned + "\"]}\nlogLevel: debug");
    client = daemon.client();
  }

  private static List<OciLayout.PackedLayer> layers(byte[] base, String content) throws Exception {
    return List.of(
        OciLayout.gzip(base), OciLayout.plain(new TarBuilder().file("own", content).build()));
  }

  @AfterAll
  static void stop() {
    client.close();
    daemon.close();
    registry.close();
    closedRegistry.close();
    temp.close();
  }

  @AfterEach
  void removeImages() {
    list("").forEach(image -> remove(image.getId()));
  }

  private static ImageServiceBlockingStub images() {
    return client.images();
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static PullImageRequest pulling(String name) {
    return PullImageRequest.newBuilder().setImage(spec(name)).build();
  }

  private static String pull(String name) {
    return images().pullImage(pulling(name)).getImageRef();
  }

  private static List<Image> list(String filter) {
    return images()
        .listImages(
            ListImagesRequest.newBuilder()
                .setFilter(ImageFilter.newBuilder().setImage(spec(filter)))
                .build())
        .getImagesList();
  }

  private static ImageStatusResponse status(String name, boolean verbose) {
    return images()
        .imageStatus(
            ImageStatusRequest.newBuilder().setImage(spec(name)).setVerbose(verbose).build());
  }

  private static void remove(String name) {
    images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(name)).build());
  }

  private static FilesystemUsage usage() {
    ImageFsInfoResponse info = images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
    return info.getImageFilesystems(0);
  }

  private static Status refusal(Callable<?> call) {
    return assertThrows(StatusRuntimeException.class, call::call).getStatus();
  }

  private static void assertRefused(Status.Code code, String said, Callable<?> call) {
    Status status = refusal(call);
    assertEquals(code, status.getCode(), status.toString());
    assertTrue(String.valueOf(status.getDescription()).contains(said), status.toString());
  }

  @Test
  void aPulledImageIsFoundByEveryNameItHas() {
    String id = pull(numbered);
    pull(named);
    assertEquals(2, list("").size());
    String digest = status(numbered, false).getImage().getRepoDigests(0);
    String hex = id.substring("sha256:".length());
    for (String name : List.of(numbered, id, hex, hex.substring(0, 12), digest)) {
      Image image = status(name, false).getImage();
      assertEquals(id, image.getId(), name);
      assertEquals(List.of(image), list(name), name);
    }
    Image image = status(numbered, false).getImage();
    assertEquals(List.of(numbered), image.getRepoTagsList());
    assertTrue(digest.startsWith(numbered.replace(":v1", "@sha256:")), digest);
    assertTrue(image.getSize() > 0);
    assertEquals(id, image.getSpec().getImage());
    assertEquals(0, status(numbered, false).getInfoCount());
  }

  @Test
  void theStreamGivesWhatTheListGives() {
    pull(numbered);
    pull(named);
    for (String filter : List.of("", named)) {
      var streamed = new ArrayList<Image>();
      images()
          .streamImages(
              StreamImagesRequest.newBuilder()
                  .setFilter(ImageFilter.newBuilder().setImage(spec(filter)))
                  .build())
          .forEachRemaining(part -> streamed.addAll(part.getImagesList()));
      assertEquals(list(filter), streamed);
    }
  }

  @Test
  void theUserOfTheConfigIsANumberOrAName() {
    pull(numbered);
    pull(named);
    assertEquals(7, status(numbered, false).getImage().getUid().getValue());
    assertEquals("", status(numbered, false).getImage().getUsername());
    assertFalse(status(named, false).getImage().hasUid());
    assertEquals("www-data", status(named, false).getImage().getUsername());
  }

  @Test
  void verboseStatusTellsTheConfigurationAndTheLayers() throws Exception {
    String id = pull(numbered);
    Map<String, Object> info = JSON.std.mapFrom(status(numbered, true).getInfoOrThrow("info"));
    assertEquals(id, info.get("id"));
    assertEquals(2, ((List<?>) info.get("chainIDs")).size());
    var config = (Map<?, ?>) ((Map<?, ?>) info.get("imageSpec")).get("config");
    assertEquals(List.of("sh"), config.get("Cmd"));
    assertEquals("7:8", config.get("User"));
  }

  @Test
  void everyRuntimeHandlerThatThereIsSeesTheSameImages() {
    ImageSpec spec = spec(numbered).toBuilder().setRuntimeHandler("sandjar").build();
    String id =
        images().pullImage(PullImageRequest.newBuilder().setImage(spec).build()).getImageRef();
    assertEquals(id, status(numbered, false).getImage().getId());
    var asked = ImageStatusRequest.newBuilder().setImage(spec).build();
    assertEquals(id, images().imageStatus(asked).getImage().getId());
    // A kubelet that finds one here looks for containers with the same, and none has it.
    assertEquals("", images().imageStatus(asked).getImage().getSpec().getRuntimeHandler());
    assertEquals("", list("").get(0).getSpec().getRuntimeHandler());
    ImageSpec unknown = spec(numbered).toBuilder().setRuntimeHandler("other").build();
    assertRefused(
        Status.Code.INVALID_ARGUMENT,
        "no handler \"other\"",
        () -> images().pullImage(PullImageRequest.newBuilder().setImage(unknown).build()));
    assertRefused(
        Status.Code.INVALID_ARGUMENT,
        "no handler \"other\"",
        () -> images().imageStatus(ImageStatusRequest.newBuilder().setImage(unknown).build()));
  }

  @Test
  void whatIsNotHereIsNoErrorToAskForOrToRemove() {
    assertFalse(status("no/such:image", true).hasImage());
    assertEquals(List.of(), list("no/such:image"));
    assertFalse(status("sha256:" + "0".repeat(64), false).hasImage());
    remove("no/such:image");
    remove("sha256:" + "0".repeat(64));
  }

  @Test
  void aRemovedNameLeavesTheOthersAndAnIdTakesAll() throws Exception {
    String id = pull(numbered);
    String second = registry.push("oci:" + temp.resolve("layout") + ":numbered", "again:v2");
    assertEquals(id, pull(second));
    assertEquals(
        List.of(second, numbered).stream().sorted().toList(),
        status(id, false).getImage().getRepoTagsList().stream().sorted().toList());
    remove(numbered);
    assertEquals(List.of(second), status(id, false).getImage().getRepoTagsList());
    assertFalse(status(numbered, false).hasImage());
    // A digest takes the tags with it that stood for it, of its own repository only.
    String digest = status(id, false).getImage().getRepoDigests(0);
    pull(numbered);
    remove(digest);
    assertEquals(List.of(numbered), status(id, false).getImage().getRepoTagsList());
    pull(second);
    remove(id);
    assertEquals(List.of(), list(""));
    assertEquals(0, usage().getUsedBytes().getValue());
  }

  @Test
  void pinnedImagesSayThatTheyAre() {
    pull(numbered);
    pull(pinned);
    assertTrue(status(pinned, false).getImage().getPinned());
    assertFalse(status(numbered, false).getImage().getPinned());
  }

  @Test
  void usageIsThatOfBlobsAndLayers() throws Exception {
    awaitNothing();
    pull(numbered);
    FilesystemUsage first = usage();
    Path root = Path.of(first.getFsId().getMountpoint());
    assertEquals(temp.resolve("daemon").resolve("root").resolve("image"), root);
    // Config, manifest, two blobs; two layers with a root and a file each.
    assertEquals(8, first.getInodesUsed().getValue());
    assertTrue(first.getTimestamp() > TimeUnit.SECONDS.toNanos(1_000_000_000));
    pull(named);
    // The base is shared: a config, a manifest, a blob, a layer of two.
    assertEquals(8 + 5, usage().getInodesUsed().getValue());
    var info = images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
    assertEquals(
        first.getFsId(), info.getContainerFilesystems(0).getFsId(), "one file system for both");
  }

  @Test
  void malformedNamesAreInvalidAndSaidWhere() {
    assertRefused(Status.Code.INVALID_ARGUMENT, "image.image is empty", () -> pull(""));
    assertRefused(Status.Code.INVALID_ARGUMENT, "Upper", () -> pull("a/Upper"));
    assertRefused(Status.Code.INVALID_ARGUMENT, "to o", () -> pull("a/b:to o"));
    assertRefused(Status.Code.INVALID_ARGUMENT, "sha256:12", () -> pull("a/b@sha256:12"));
    assertRefused(Status.Code.INVALID_ARGUMENT, "Upper", () -> status("a/Upper", false));
    assertRefused(Status.Code.INVALID_ARGUMENT, "Upper", () -> list("a/Upper"));
    assertRefused(
        Status.Code.INVALID_ARGUMENT,
        "Upper",
        () -> {
          remove("a/Upper");
          return null;
        });
  }

  @Test
  void whatTheRegistryRefusesHasItsCode() throws Exception {
    String gone = registry.host() + "/no/such:image";
    assertRefused(Status.Code.NOT_FOUND, "no/such", () -> pull(gone));
    int nobody = LocalRegistry.freePort();
    assertRefused(
        Status.Code.UNAVAILABLE, "127.0.0.1:" + nobody, () -> pull("127.0.0.1:" + nobody + "/a:b"));
    assertRefused(Status.Code.PERMISSION_DENIED, "401", () -> pull(closed));
    try (var liar = new SlowRegistry(10_000)) {
      liar.lie();
      assertRefused(Status.Code.FAILED_PRECONDITION, "digest", () -> pull(liar.name()));
    }
    awaitNothing();
  }

  @Test
  void anImageThatCannotBeRightIsRefusedAndLeavesNothing() throws Exception {
    byte[] tar = new TarBuilder().file("f", "x").build();
    var good = OciLayout.gzip(tar);
    byte[] cut = Arrays.copyOf(good.blob(), good.blob().length - 12);
    var truncated = new OciLayout.PackedLayer(cut, good.diffId(), good.mediaType());
    var noTar = OciLayout.gzip("this is no archive ".repeat(100).getBytes(StandardCharsets.UTF_8));
    var up = OciLayout.gzip(new TarBuilder().file("../f", "x").build());
    String machine = Platform.host().architecture();
    byte[] noConfig = "[]".getBytes(StandardCharsets.UTF_8);
    byte[] noLayers =
        ("{\"os\":\"linux\",\"architecture\":\"" + machine + "\",\"rootfs\":{\"diff_ids\":[]}}")
            .getBytes(StandardCharsets.UTF_8);
    var layout =
        new OciLayout(temp.resolve("wrong"))
            .image("diffid", Map.of(), List.of(OciLayout.wrong(good)))
            .image("truncated", Map.of(), List.of(truncated))
            .image("notar", Map.of(), List.of(noTar))
            .image("up", Map.of(), List.of(up))
            .image("noconfig", noConfig, List.of(good), machine)
            .image("nolayers", noLayers, List.of(good), machine)
            .image("foreign", Map.of(), List.of(good), "s390x");
    var refusals = new LinkedHashMap<String, String>();
    refusals.put("diffid", "does not match its digest");
    refusals.put("truncated", "truncated");
    refusals.put("notar", "checksum");
    refusals.put("up", "contains \"..\"");
    refusals.put("noconfig", "the image configuration is not an object");
    refusals.put("nolayers", "the manifest has 1 layers and the configuration 0");
    refusals.put("foreign", "not for linux/");
    try (var registry = new LayoutRegistry(layout)) {
      for (Map.Entry<String, String> refusal : refusals.entrySet()) {
        String name = registry.name(refusal.getKey());
        assertRefused(Status.Code.FAILED_PRECONDITION, refusal.getValue(), () -> pull(name));
        awaitNothing();
      }
    }
  }

  private static void pullWith(AuthConfig.Builder auth) {
    images().pullImage(pulling(closed).toBuilder().setAuth(auth).build());
    remove(closed);
  }

  @Test
  void credentialsComeInEveryFormOfAuthConfig() {
    String pair = LocalRegistry.USER + ":" + LocalRegistry.PASSWORD;
    String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    var password =
        AuthConfig.newBuilder().setUsername(LocalRegistry.USER).setPassword(LocalRegistry.PASSWORD);
    pullWith(password);
    pullWith(AuthConfig.newBuilder().setAuth(basic));
    pullWith(
        AuthConfig.newBuilder()
            .setAuth(basic)
            .setServerAddress("https://" + closedRegistry.host() + "/v1/"));
    // Whose password it is not must not be shown it.
    var elsewhere = password.clone().setServerAddress("other.example");
    assertRefused(
        Status.Code.PERMISSION_DENIED,
        "401",
        () -> {
          pullWith(elsewhere);
          return null;
        });
    assertRefused(
        Status.Code.INVALID_ARGUMENT,
        "the auth field is not base64",
        () -> {
          pullWith(AuthConfig.newBuilder().setAuth("%%%"));
          return null;
        });
  }

  @Test
  void theCallersDeadlineEndsThePull() throws Exception {
    try (var server = new SlowRegistry(64 << 20)) {
      Status status =
          refusal(
              () ->
                  images()
                      .withDeadlineAfter(2, TimeUnit.SECONDS)
                      .pullImage(pulling(server.name())));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, status.getCode(), status.toString());
      // The caller's own clock may ring first: to the daemon it has left then.
      awaitLog("PullImage answers (DEADLINE_EXCEEDED|CANCELLED): pull " + server.name());
      awaitNothing();
    }
  }

  @Test
  void aCallerWhoLeavesCancelsThePull() throws Exception {
    try (var server = new SlowRegistry(64 << 20)) {
      var pull = ImageServiceGrpc.newFutureStub(client.channel()).pullImage(pulling(server.name()));
      await("the layer is asked for", () -> !server.starts().isEmpty());
      pull.cancel(true);
      awaitLog("PullImage answers CANCELLED: pull " + server.name() + ": the caller has left");
      awaitNothing();
    }
  }

  @Test
  void oneOfTwoCallersMayLeaveTheSamePull() throws Exception {
    try (var server = new SlowRegistry(2 << 20)) {
      var stub = ImageServiceGrpc.newFutureStub(client.channel());
      var leaving = stub.pullImage(pulling(server.name()));
      var staying = stub.pullImage(pulling(server.name()));
      await("the layer is asked for", () -> !server.starts().isEmpty());
      leaving.cancel(true);
      String id = staying.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getImageRef();
      assertEquals(id, status(server.name(), false).getImage().getId());
      assertEquals(List.of(0L), server.starts());
    }
  }

  @Test
  void manyCallersPullAndRemoveAtTheSameTime() throws Exception {
    var threads = Executors.newFixedThreadPool(8);
    try {
      var calls = new ArrayList<Future<?>>();
      for (int i = 0; i < 8; i++) {
        String name = i % 2 == 0 ? numbered : named;
        calls.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 5; round++) {
                    pull(name);
                    list("");
                    remove(name);
                  }
                }));
      }
      for (Future<?> call : calls) {
        call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(List.of(), list(""));
    awaitNothing();
  }

  private static void awaitLog(String line) throws Exception {
    Pattern pattern = Pattern.compile(line);
    await("\"" + line + "\" in the log", () -> pattern.matcher(daemon.log()).find());
  }

  private static void awaitNothing() throws Exception {
    await("an empty store", () -> usage().getInodesUsed().getValue() == 0);
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.call()) {
      assertTrue(System.nanoTime() < end, () -> "still waiting for " + what);
      Thread.sleep(20);
    }
  }
}

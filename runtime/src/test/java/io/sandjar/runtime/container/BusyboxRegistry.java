package io.sandjar.runtime.container;

import com.fasterxml.jackson.jr.ob.JSON;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sandjar.runtime.image.fixture.TarBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/**
 * A registry on loopback whose images are all the machine's static busybox, as Debian packages it;
 * each name is an image of its own.
 */
public final class BusyboxRegistry implements AutoCloseable {

  /** How it answers. */
  public enum Mood {
    WELL,
    /** The head of an answer, and then nothing. */
    STALLING,
    /** Something that has nothing to do with what was asked. */
    GARBAGE
  }

  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String[] APPLETS = {
    "sh",
    "cat",
    "echo",
    "sleep",
    "true",
    "false",
    "ls",
    "id",
    "hostname",
    "env",
    "touch",
    "mount",
    "ps",
    "kill",
    "yes",
    "head",
    "dd",
    "wc",
    "nc",
    "ipcs",
    "stat",
    "test",
    "mkdir",
    "rm",
    "pwd",
    "tail",
    "httpd",
    "wget",
    "ip",
    "sync",
    "seq",
    "grep",
    "sed",
    "tr",
    "date",
    "trap",
    "readlink",
    "tar"
  };

  private final HttpServer server;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, String> commands = new ConcurrentHashMap<>();
  private final Map<String, List<byte[]>> layersOnTop = new ConcurrentHashMap<>();
  private final Map<String, String> stopSignals = new ConcurrentHashMap<>();
  private final byte[] tar;
  private final byte[] layer;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Random garbage = new Random(1);
  private volatile Mood mood = Mood.WELL;
  private volatile CountDownLatch stalled = new CountDownLatch(0);

  private BusyboxRegistry(HttpServer server) throws IOException {
    this.server = server;
    this.tar = rootfs();
    this.layer = gzip(tar);
  }

  private byte[] manifest(String name) throws IOException {
    List<String> diffIds = new ArrayList<>(List.of(digest(tar)));
    List<byte[]> layers = new ArrayList<>(List.of(layer));
    for (byte[] more : layersOnTop.getOrDefault(name, List.of())) {
      diffIds.add(digest(more));
      layers.add(gzip(more));
    }
    layers.forEach(blob -> blobs.put(digest(blob), blob));
    byte[] config =
        """
        {"architecture":"%s","os":"linux",
         "config":{"Env":["PATH=/bin","GREETING=hello"],"Cmd":%s,"StopSignal":"%s",
                   "Labels":{"name":"%s"}},
         "rootfs":{"type":"layers","diff_ids":["%s"]}}
        """
            .formatted(
                architecture(),
                commands.getOrDefault(name, "[\"sh\"]"),
                stopSignals.getOrDefault(name, "SIGTERM"),
                name,
                String.join("\",\"", diffIds))
            .getBytes(StandardCharsets.UTF_8);
    blobs.put(digest(config), config);
    return """
    {"schemaVersion":2,"mediaType":"%s",
     "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
     "layers":[%s]}
    """
        .formatted(
            MANIFEST,
            digest(config),
            config.length,
            layers.stream().map(BusyboxRegistry::descriptor).collect(Collectors.joining(",")))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String descriptor(byte[] blob) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted("application/vnd.oci.image.layer.v1.tar+gzip", digest(blob), blob.length);
  }

  public static BusyboxRegistry start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    BusyboxRegistry registry = new BusyboxRegistry(server);
    server.createContext("/v2/", registry::answer);
    server.setExecutor(registry.threads);
    server.start();
    return registry;
  }

  /** Lets an image do something of its own where nobody gives it a command. */
  public void serve(String name, String... command) {
    try {
      commands.put(name, JSON.std.asString(command));
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Gives an image more layers, each with a file {@code layer-NUMBER} that has its name.
   *
   * @return its whole name
   */
  public String serveStacked(String name, int layers) {
    List<byte[]> more = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      more.add(new TarBuilder().file("layer-" + i, name).build());
    }
    layersOnTop.put(name, more);
    return nameOf(name);
  }

  /**
   * Gives an image a layer on top of the usual one.
   *
   * @return its whole name
   */
  public String serveWith(String name, TarBuilder layer) {
    layersOnTop.put(name, List.of(layer.build()));
    return nameOf(name);
  }

  /**
   * Gives an image a stop signal of its own.
   *
   * @return its whole name
   */
  public String serveStoppedBy(String name, String signal) {
    stopSignals.put(name, signal);
    return nameOf(name);
  }

  private String nameOf(String name) {
    return host() + '/' + name + ":1";
  }

  /** From now on. What stalled so far goes on. */
  public synchronized void answer(Mood next) {
    stalled.countDown();
    stalled = new CountDownLatch(next == Mood.STALLING ? 1 : 0);
    mood = next;
  }

  public String image() {
    return host() + "/busybox:1";
  }

  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    byte[] body =
        path.contains("/manifests/")
            ? manifest(path.replaceAll("^/v2/|/manifests/.*$", ""))
            : blobs.get(last);
    if (path.equals("/v2/")) {
      body = new byte[0];
    }
    try (exchange) {
      if (body == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange
          .getResponseHeaders()
          .set(
              "Content-Type", path.contains("/manifests/") ? MANIFEST : "application/octet-stream");
      exchange.getResponseHeaders().set("Docker-Content-Digest", digest(body));
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        exchange.sendResponseHeaders(200, -1);
      } else {
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        awaitMood();
        exchange.getResponseBody().write(mood == Mood.GARBAGE ? garbage(body.length) : body);
      }
    }
  }

  private void awaitMood() {
    try {
      stalled.await();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private byte[] garbage(int length) {
    byte[] bytes = new byte[length];
    garbage.nextBytes(bytes);
    return bytes;
  }

  private static byte[] rootfs() throws IOException {
    TarBuilder tar = new TarBuilder();
    for (String folder : new String[] {"bin/", "etc/", "tmp/", "root/", "home/", "var/"}) {
      tar.as(folder.equals("tmp/") ? 01777 : 0755, 0, 0).folder(folder);
    }
    tar.as(0755, 0, 0).file("bin/busybox", Files.readAllBytes(BUSYBOX));
    for (String applet : APPLETS) {
      tar.symlink("bin/" + applet, "busybox");
    }
    return tar.as(0644, 0, 0)
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home:/bin/sh\n")
        .file("etc/group", "root:x:0:\nalice:x:1000:\nextra:x:2000:alice\n")
        .build();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  @Override
  public void close() {
    answer(Mood.WELL);
    server.stop(0);
    threads.shutdownNow();
  }
}

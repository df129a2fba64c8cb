package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Propagation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is mounted into a container, and how. */
@Tag("machine")
class VolumesIT extends BusyboxTest {
  @Test
  void aVolumeIsBoundWithItsAccess() throws Exception {
    Path volume = Files.createDirectories(folder.resolve("volume/sub"));
    Files.writeString(folder.resolve("file"), "content");
    Options options =
        new Options()
            .script(
                "cat /etc/f; touch /rw/a && echo rw; touch /ro/b 2>/dev/null || echo ro;"
                    + "touch /rro/sub/c 2>/dev/null || echo rro; ls /missing | wc -l");
    Path missing = folder.resolve("made/for/me");
    options.volumes =
        List.of(
            Mount.Bind.of(folder.resolve("file"), "/etc/f"),
            Mount.Bind.of(volume, "/rw"),
            Mount.Bind.of(volume, "/ro").with(Mount.Access.READ_ONLY),
            Mount.Bind.of(volume.getParent(), "/rro").with(Mount.Access.RECURSIVE_READ_ONLY),
            Mount.Bind.of(missing, "/missing").with(Mount.MissingSource.CREATE_FOLDER),
            Mount.Bind.of(folder.resolve("none"), "/none").with(Mount.MissingSource.SKIP));
    assertEquals("contentrw\nro\nrro\n0", busybox.run(options).line());
    assertTrue(Files.isDirectory(missing));
  }

  @Test
  void recursivelyReadOnlyMountsAreReportedWhereTheyCanBeHad() throws Exception {
    // Since Linux 5.12; this project asks for 5.15.
    assertTrue(new KernelFeatures().recursiveReadOnlyMounts());
  }

  @Test
  void aMissingSourceIsNamedInTheError() {
    Options options = new Options();
    options.volumes = List.of(Mount.Bind.of(folder.resolve("none"), "/none"));
    LaunchException refused = assertThrows(LaunchException.class, () -> busybox.run(options));
    assertEquals(
        "bind " + folder.resolve("none") + " on /none: ENOENT (No such file or directory)",
        refused.getMessage());
    assertEquals(128, refused.exitCode());
  }

  @Test
  void mountsPropagateAsFarAsAVolumeSays() throws Exception {
    Path shared = Files.createDirectories(folder.resolve("shared"));
    run("mount", "-t", "tmpfs", "tmpfs", shared.toString());
    try {
      run("mount", "--make-shared", shared.toString());
      for (String name : List.of("a", "b", "c", "from")) {
        Files.createDirectory(shared.resolve(name));
      }
      Options options =
          new Options()
              .script(
                  "touch /p/ready; while [ ! -e /p/go ]; do usleep 10000; done;"
                      + "ls /p/a /h/a /b/a | tr '\\n' ' '; mount -t tmpfs x /b/from; echo x > /b/from/seen; touch /p/done;"
                      + "while [ -e /p/go ]; do usleep 10000; done");
      options.capabilities = CapabilitySets.container(-1L >>> 23 & ~(1L << 24), 0);
      options.volumes =
          List.of(
              Mount.Bind.of(shared, "/p"),
              Mount.Bind.of(shared, "/h").with(Propagation.HOST_TO_CONTAINER),
              Mount.Bind.of(shared, "/b").with(Propagation.BIDIRECTIONAL));
      var running = java.util.concurrent.CompletableFuture.supplyAsync(() -> unchecked(options));
      await(shared.resolve("ready"), running);
      run("mount", "-t", "tmpfs", "tmpfs", shared.resolve("a").toString());
      Files.writeString(shared.resolve("a/new"), "");
      Files.writeString(shared.resolve("go"), "");
      await(shared.resolve("done"), running);
      assertTrue(Files.exists(shared.resolve("from/seen")));
      Files.delete(shared.resolve("go"));
      assertEquals("/b/a: new  /h/a: new  /p/a:", running.get().line());
    } finally {
      run("umount", "-R", "-l", shared.toString());
    }
  }

  private Busybox.Outcome unchecked(Options options) {
    try {
      return busybox.run(options);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(Path file, java.util.concurrent.Future<?> running) throws Exception {
    long deadline = System.nanoTime() + 120_000_000_000L;
    while (!Files.exists(file)) {
      assertFalse(running.isDone(), () -> "ended early: " + outcome(running));
      assertTrue(System.nanoTime() < deadline, "no " + file);
      Thread.sleep(10);
    }
  }

  private static String outcome(java.util.concurrent.Future<?> running) {
    try {
      return String.valueOf(running.get());
    } catch (Exception e) {
      return e.toString();
    }
  }

  static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
  }

  @Test
  void anImageCanBeAVolumeAlsoAFolderOfIt() throws Exception {
    Path first = Files.createDirectories(folder.resolve("data1/models"));
    Path second = Files.createDirectories(folder.resolve("data2/models"));
    Files.writeString(first.resolve("one"), "1");
    Files.writeString(second.resolve("two"), "2");
    Options options =
        new Options().script("ls /all/models /part; touch /part/x 2>/dev/null || echo ro");
    List<Path> layers = List.of(first.getParent(), second.getParent());
    options.volumes =
        List.of(
            new Mount.ImageVolume(layers, "", "/all"),
            new Mount.ImageVolume(layers, "models", "/part"));
    assertEquals("/all/models:\none\ntwo\n\n/part:\none\ntwo\nro", busybox.run(options).line());
  }
}

package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The image commands as a user types them, on a node with a registry beside its daemon. */
class ImageCommandIT {
  private static final String NAME = "127.0.0.1:5000/some/image:v1";

  private static Lab lab;
  private static Path work;
  private static Process registry;

  @BeforeAll
  static void start() throws Exception {
    work = Files.createTempDirectory("sandjar-image-command");
    lab = new Lab();
    lab.run("scripts/lab netns up 1");
    Files.writeString(
        work.resolve("registry.yml"),
        """
        version: 0.1
        log: {level: error}
        storage: {filesystem: {rootdirectory: %s/data}}
        http: {addr: "127.0.0.1:5000", secret: loopback}
        """
            .formatted(work));
    registry =
        lab.start(node("docker-registry serve $WORK/registry.yml > $WORK/registry.log 2>&1"));
    lab.run(
        with(
            """
            mkdir -p $WORK/root/bin $WORK/root/etc
            cp /bin/busybox $WORK/root/bin/
            ln -s busybox $WORK/root/bin/sleep
            echo from the image > $WORK/root/etc/note
            umoci init --layout $WORK/layout
            umoci new --image $WORK/layout:v1
            umoci insert --image $WORK/layout:v1 $WORK/root /
            umoci config --image $WORK/layout:v1 --config.cmd sleep --config.cmd 1000
            tar -C $WORK/root -cf $WORK/rootfs.tar .
            """));
    lab.run(
        node(
            """
            timeout 300 sh -c 'until curl -fsS http://127.0.0.1:5000/v2/; do sleep 0.1; done'
            skopeo copy -q --dest-tls-verify=false oci:$WORK/layout:v1 docker://NAME
            """));
  }

  @AfterAll
  static void stop() throws Exception {
    try (Lab ending = lab) {
      ending.run("scripts/lab netns down");
      assertEquals("", ending.remains());
    } finally {
      registry.descendants().forEach(ProcessHandle::destroyForcibly);
      registry.destroyForcibly().waitFor();
      lab.run(with("rm -rf $WORK"));
    }
  }

  @AfterEach
  void removeImages() throws Exception {
    sandjar("image prune --all");
    assertEquals("", sandjar("image ls -q"));
  }

  /** {@code $WORK} and {@code NAME} in a script. */
  private static String with(String script) {
    return script.replace("$WORK", work.toString()).replace("NAME", NAME);
  }

  /** A script for the node's shell. */
  private static String node(String script) {
    return "exec scripts/lab netns exec node1 bash -euc \"$(cat <<'SCRIPT'\n"
        + with(script)
        + "\nSCRIPT\n)\"";
  }

  private static String sandjar(String words) throws IOException, InterruptedException {
    return lab.run(node("scripts/sandjar " + words));
  }

  private static String refused(String words) {
    return assertThrows(IOException.class, () -> sandjar(words)).getMessage();
  }

  @Test
  void pulledListedInspectedAndRemoved() throws Exception {
    String pulled = sandjar("image pull NAME");
    // Without a terminal: a line for each stage of each layer.
    assertTrue(pulled.contains(" downloading "), pulled);
    assertTrue(pulled.contains(" done "), pulled);
    String id = pulled.strip().replaceFirst("(?s).* (sha256:[0-9a-f]{64})$", "$1");
    assertEquals(id, sandjar("image pull --quiet NAME").strip());

    String list = sandjar("image ls");
    assertTrue(list.startsWith("NAME "), list);
    assertTrue(
        list.lines()
            .anyMatch(
                line ->
                    line.matches(
                        "127.0.0.1:5000/some/image +v1 +"
                            + id.substring(7, 19)
                            + " +[0-9.]+[KM]iB")),
        list);
    assertEquals(id, sandjar("image ls -q").strip());
    assertTrue(sandjar("image ls -o json").contains("\"" + id + "\""));
    assertTrue(sandjar("image ls -o yaml").contains("id: " + id.substring(0, 6)), "yaml");

    for (String name : new String[] {"NAME", id, id.substring(7, 19)}) {
      String inspected = sandjar("image inspect " + name);
      assertTrue(inspected.contains("\"sleep\""), inspected);
      assertTrue(inspected.contains(id), inspected);
    }
    assertEquals("removed " + NAME, sandjar("image rm NAME").strip());
    assertTrue(refused("image rm NAME").contains("is not here"));
    assertTrue(refused("image inspect " + id).contains("is not here"));
  }

  @Test
  void aTerminalShowsABarForEachLayer() throws Exception {
    String shown =
        lab.run(node("script -qec 'scripts/sandjar image pull NAME' /dev/null < /dev/null"));
    assertTrue(shown.contains("[==============================]"), shown);
    assertTrue(shown.contains("\u001b[2K"), shown);
  }

  @Test
  void aPullThatFailsSaysWhy() {
    String said = refused("image pull 127.0.0.1:5000/some/image:none");
    assertTrue(said.contains("MANIFEST_UNKNOWN"), said);
    said = refused("image pull 127.0.0.1:5000/Some/image");
    assertTrue(said.contains("Some"), said);
    said = refused("image pull 127.0.0.1:1/some/image");
    assertTrue(said.contains("cannot connect"), said);
  }

  @Test
  void archivesOfEveryFormAreLoaded() throws Exception {
    lab.run(
        with(
            """
            cd $WORK
            skopeo copy -q oci:layout:v1 docker-archive:docker.tar:NAME
            skopeo copy -q oci:layout:v1 oci-archive:oci.tar:NAME
            gzip -k docker.tar
            zstd -q oci.tar
            """));
    for (String file : new String[] {"docker.tar", "oci.tar", "docker.tar.gz", "oci.tar.zst"}) {
      String loaded = sandjar("image load $WORK/" + file);
      assertTrue(loaded.contains(NAME + " sha256:"), file + ": " + loaded);
      assertTrue(loaded.contains(" unpacking "), file + ": " + loaded);
      sandjar("image rm NAME");
      loaded = sandjar("image load < $WORK/" + file);
      assertTrue(loaded.contains(NAME + " sha256:"), file + ": " + loaded);
      sandjar("image rm NAME");
    }
    String loaded = sandjar("image load --name local/layout $WORK/layout");
    assertTrue(loaded.contains("docker.io/local/layout:v1 sha256:"), loaded);
    String said = refused("image load $WORK/registry.yml");
    assertTrue(said.contains("load the image archive"), said);
  }

  @Test
  void whatIsSavedOthersReadAndWeLoadAgain() throws Exception {
    String id = sandjar("image pull -q NAME").strip();
    sandjar("image save -o $WORK/saved.tar NAME");
    sandjar("image save -o $WORK/saved.tar.gz " + id);
    sandjar("image save -o $WORK/saved.tar.zst NAME");
    sandjar("image save NAME > $WORK/piped.tar");
    assertEquals("", lab.run(with("zstd -dcq $WORK/saved.tar.zst | cmp - $WORK/saved.tar")));
    assertEquals("", lab.run(with("cmp $WORK/saved.tar $WORK/piped.tar")));
    assertTrue(lab.run(with("skopeo inspect docker-archive:$WORK/saved.tar")).contains("amd64"));
    assertTrue(lab.run(with("skopeo inspect oci-archive:$WORK/saved.tar:v1")).contains("amd64"));
    for (String file : new String[] {"saved.tar", "saved.tar.gz", "saved.tar.zst"}) {
      sandjar("image rm " + id);
      sandjar("image load $WORK/" + file);
      assertEquals(id, sandjar("image ls -q").strip(), file);
    }
    assertTrue(refused("image save -o $WORK/none.tar no/such").contains("is not here"));
    assertFalse(Files.exists(work.resolve("none.tar")));
    assertFalse(Files.exists(work.resolve("none.tar.part")));
  }

  @Test
  void theCommandsOfTheGuideWorkWhenPasted() throws Exception {
    lab.run(
        with(
            """
            cd $WORK
            skopeo copy -q oci:layout:v1 docker-archive:app.tar:docker.io/local/app:v1
            gzip app.tar
            """));
    var script =
        new StringBuilder("PATH=" + Lab.checkout().resolve("scripts") + ":$PATH\ncd $WORK\n");
    for (String line : ShellBlocks.lines("docs/images.md")) {
      if (ShellBlocks.isOurs(line)) {
        script
            .append(
                line.replace("nginx:1.27", "NAME").replace("mmdebstrap bookworm", "cp rootfs.tar"))
            .append('\n');
      }
    }
    lab.run(node(script.toString()));
  }

  @Test
  void aRootFileSystemRunsAndItsImageStaysWhileItDoes() throws Exception {
    String imported = sandjar("image import $WORK/rootfs.tar local/busy:1 --cmd sleep --cmd 1000");
    assertTrue(imported.contains("docker.io/local/busy:1 sha256:"), imported);
    sandjar("image pull NAME");
    lab.run(
        node(
            """
            scripts/sandjar apply -f - << EOF
            apiVersion: v1
            kind: Pod
            metadata: {name: busy}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: main, image: "local/busy:1", imagePullPolicy: Never}]
            EOF
            timeout 300 sh -c 'until scripts/sandjar get pod busy | grep -q Running; do sleep 0.2; done'
            """));
    try {
      String id =
          sandjar("image inspect local/busy:1")
              .replaceFirst("(?s).*?(sha256:[0-9a-f]{64}).*", "$1");
      String digest =
          sandjar("image inspect local/busy:1")
              .replaceFirst("(?s).*?(docker.io/local/busy@sha256:[0-9a-f]{64}).*", "$1");
      for (String name : new String[] {"local/busy:1", id, id.substring(7, 19), digest}) {
        String said = refused("image rm " + name);
        assertTrue(said.contains("is used by"), said);
      }
      String pruned = sandjar("image prune --all");
      assertTrue(pruned.contains("removed " + NAME), pruned);
      assertTrue(pruned.contains("1 images removed"), pruned);
      assertTrue(sandjar("image ls").contains("local/busy"));
    } finally {
      sandjar("delete pod busy");
    }
  }
}

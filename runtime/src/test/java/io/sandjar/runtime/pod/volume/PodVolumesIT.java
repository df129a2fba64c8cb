package io.sandjar.runtime.pod.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.linux.mount.HostMounts;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The volumes of a pod on the node's disk, without its containers. */
class PodVolumesIT {
  @TempDir private Path folder;
  private ObjectStore store;
  private PodFolders folders;
  private PodVolumes volumes;

  @BeforeEach
  void start() throws Exception {
    store = new ObjectStore(folder.resolve("objects"), InstantSource.system());
    folders = new PodFolders(folder.resolve("pods"), folder.resolve("logs"));
    volumes = new PodVolumes(folders, new Settings(store), new ResourceFields(Map.of()));
  }

  @AfterEach
  void stop() throws Exception {
    volumes.remove("u");
    store.close();
  }

  @Test
  void memoryIsThereAgainAfterAReboot() throws Exception {
    Map<String, Object> pod = pod("{name: v, emptyDir: {medium: Memory, sizeLimit: 64Ki}}", "");
    Path volume = folders.volume("u", "v");
    volumes.prepare(pod);
    Files.writeString(volume.resolve("file"), "in memory");
    assertTrue(isMounted(volume));
    volumes.prepare(pod);
    assertTrue(Files.exists(volume.resolve("file")), "a second look leaves it alone");
    // A reboot takes what is mounted, and leaves the folder.
    HostMounts.unmount(volume);
    volumes.prepare(pod);
    assertTrue(isMounted(volume));
    assertEquals(0777, mode(volume) & 0777);
    volumes.remove("u");
    assertFalse(Files.exists(folders.of("u")));
  }

  @Test
  void aSubPathIsAsOpenAsItsVolumeWhateverTheUmask() throws Exception {
    Map<String, Object> pod = pod("{name: v, emptyDir: {}}", "a/b");
    volumes.prepare(pod);
    mount(pod);
    Path made = folders.volume("u", "v").resolve("a/b");
    assertEquals(mode(folders.volume("u", "v")), mode(made));
    assertEquals(mode(made), mode(made.getParent()));
  }

  @Test
  void nothingIsMadeThroughALinkOutOfTheVolume() throws Exception {
    Map<String, Object> pod = pod("{name: v, emptyDir: {}}", "link/made");
    volumes.prepare(pod);
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.createSymbolicLink(folders.volume("u", "v").resolve("link"), outside);
    mount(pod);
    assertFalse(Files.exists(outside.resolve("made")));
    assertThrows(
        ConfigErrorException.class, () -> mount(pod("{name: v, emptyDir: {}}", "a/../../..")));
  }

  @Test
  void theFsGroupReadsSettingsWhateverTheirModes() throws Exception {
    store.create(
        Trees.copy(
            Map.of(
                "kind",
                "Secret",
                "metadata",
                Map.of("name", "s", "namespace", "default"),
                "data",
                Map.of("word", "cHNzdA=="))),
        ObjectStore.Durability.DAEMON);
    Map<String, Object> pod = pod("{name: v, secret: {secretName: s, defaultMode: 256}}", "");
    Path file = folders.volume("u", "v").resolve("word");
    volumes.prepare(pod);
    assertEquals(0400, mode(file) & 0777);
    Trees.objectIn(Trees.objectIn(pod, "spec"), "securityContext").put("fsGroup", 77L);
    volumes.prepare(pod);
    assertEquals(0440, mode(file) & 0777);
    assertEquals(77, Files.getAttribute(file, "unix:gid"));
  }

  @Test
  void aHostPathIsWhatItsTypeSaysOrIsMade() throws Exception {
    Path host = Files.createDirectory(folder.resolve("host"));
    Path block = host.resolve("block");
    Commands.run("mknod", block.toString(), "b", "7", "250");
    Path socket = host.resolve("socket");
    Map<String, Path> kinds =
        Map.of(
            "Directory", Files.createDirectory(host.resolve("folder")),
            "File", Files.createFile(host.resolve("file")),
            "Socket", socket,
            "CharDevice", Path.of("/dev/null"),
            "BlockDevice", block);
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      for (String type : kinds.keySet()) {
        kinds.forEach((kind, path) -> assertEquals(kind.equals(type), isTaken(type, path), type));
        assertFalse(isTaken(type, host.resolve("none")), type);
      }
      for (Path path : kinds.values()) {
        assertTrue(isTaken("", path));
        assertEquals(kinds.get("Directory").equals(path), isTaken("DirectoryOrCreate", path));
        assertEquals(kinds.get("File").equals(path), isTaken("FileOrCreate", path));
      }
    }
    assertTrue(isTaken("DirectoryOrCreate", host.resolve("new/folder")));
    assertTrue(Files.isDirectory(host.resolve("new/folder")));
    assertTrue(isTaken("FileOrCreate", host.resolve("new/file")));
    assertTrue(Files.isRegularFile(host.resolve("new/file")));
    assertFalse(isTaken("FileOrCreate", host.resolve("none/file")), "no folder is made for it");
    assertTrue(isTaken("", host.resolve("none")), "nothing is looked at");
  }

  private boolean isTaken(String type, Path path) {
    try {
      volumes.prepare(pod("{name: v, hostPath: {path: " + path + ", type: \"" + type + "\"}}", ""));
      return true;
    } catch (ConfigErrorException | IOException refused) {
      return false;
    }
  }

  private void mount(Map<String, Object> pod) throws Exception {
    volumes.mounts(pod, Trees.objects(Trees.object(pod, "spec"), "containers").get(0), Map.of());
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode") & 07777;
  }

  private static boolean isMounted(Path path) throws IOException {
    return Files.readString(Path.of("/proc/self/mounts")).contains(" " + path + " tmpfs ");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> pod(String volume, String subPath) {
    String yaml =
        """
        metadata: {name: p, namespace: default, uid: u}
        spec:
          volumes: [%s]
          containers: [{name: c, volumeMounts: [{name: v, mountPath: /v, subPath: "%s"}]}]
        """
            .formatted(volume, subPath);
    return Trees.copy(
        (Map<String, Object>) new Load(LoadSettings.builder().build()).loadFromString(yaml));
  }
}

package io.sandjar.netbridge.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationDirectoryTest {
  @TempDir Path dir;

  @Test
  void theFirstUsableFileInTheOrderOfNamesIsTheNetwork() throws IOException {
    write("05-broken.conflist", "{");
    write("20-later.conflist", list("1.0.0", "later"));
    write("10-single.conf", "{\"cniVersion\":\"0.4.0\",\"name\":\"single\",\"type\":\"bridge\"}");
    write("00-ignored.txt", "no network");
    NetworkConfiguration network = load();
    assertEquals("single", network.name());
    assertEquals(new CniVersion(0, 4, 0), network.version());
    assertEquals("bridge", network.plugins().get(0).type());
    Files.delete(dir.resolve("10-single.conf"));
    assertEquals("later", load().name());
  }

  @Test
  void whatIsWrittenLaterCountsAtOnce() throws IOException {
    Path late = dir.resolve("late");
    ConfigurationDirectory directory = new ConfigurationDirectory(late);
    String message = assertThrows(CniException.class, directory::load).getMessage();
    assertTrue(message.contains("no network configuration"), message);
    Files.createDirectory(late);
    Files.writeString(late.resolve("10.conflist"), list("1.0.0", "net"));
    assertEquals("net", directory.load().name());
  }

  @Test
  void theFirstFilesFaultIsTheErrorWhereNoneIsUsable() throws IOException {
    write("10.conflist", list("2.0.0", "future"));
    write("20.conf", "{\"plugins\":[]}");
    String message = assertThrows(CniException.class, this::load).getMessage();
    assertTrue(message.contains("10.conflist"), message);
    assertTrue(message.contains("2.0.0") && message.contains("1.1.0"), message);
  }

  @Test
  void theNewestVersionThatBothSidesKnowIsSpoken() throws IOException {
    write(
        "10.conflist",
        "{\"cniVersion\":\"0.3.1\",\"cniVersions\":[\"0.4.0\",\"1.1.0\",\"9.0.0\"],"
            + "\"name\":\"net\",\"plugins\":[{\"type\":\"a\"}]}");
    assertEquals(new CniVersion(1, 1, 0), load().version());
  }

  @Test
  void aPluginOutsideOfTheFoldersIsRefused() throws IOException {
    write(
        "10.conflist",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"plugins\":[{\"type\":\"../evil\"}]}");
    String message = assertThrows(CniException.class, this::load).getMessage();
    assertTrue(message.contains("../evil"), message);
  }

  private NetworkConfiguration load() throws CniException {
    return new ConfigurationDirectory(dir).load();
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(dir.resolve(name), content);
  }

  private static String list(String version, String name) {
    return "{\"cniVersion\":\""
        + version
        + "\",\"name\":\""
        + name
        + "\",\"plugins\":[{\"type\":\"a\"}]}";
  }
}

package io.sandjar.cli.tar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives go both ways between this and the tar of the machine, which a container's is like. */
class TarTest {
  private static final String LONG = "long-".repeat(40) + "name";

  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();

  @Test
  void theMachinesTarReadsWhatIsWritten() throws Exception {
    var source = source();
    var archive = folder.resolve("a.tar");
    try (var writer = new TarWriter(Files.newOutputStream(archive))) {
      writer.add(source, "top");
    }
    var target = Files.createDirectory(folder.resolve("there"));
    tar("-C", target.toString(), "-xf", archive.toString());
    assertSame(target.resolve("top"));
    assertEquals("small", Files.readSymbolicLink(target.resolve("top/link")).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ustar", "gnu", "posix"})
  void whatTheMachinesTarWritesIsRead(String format) throws Exception {
    source();
    if (format.equals("ustar")) {
      Files.delete(folder.resolve("source/" + LONG)); // ustar has no place for it
    }
    var archive = folder.resolve("a.tar");
    tar("-C", folder.toString(), "--format=" + format, "-cf", archive.toString(), "source");
    var target = folder.resolve("here");
    try (var in = Files.newInputStream(archive)) {
      assertTrue(new TarExtraction("source", target, warnings::add).extract(in));
    }
    if (format.equals("ustar")) {
      Files.writeString(target.resolve(LONG), "long");
    }
    assertSame(target);
    assertFalse(Files.exists(target.resolve("link"), LinkOption.NOFOLLOW_LINKS));
    assertEquals(List.of("warning: skipping link or device: source/link -> small"), warnings);
  }

  private Path source() throws IOException {
    var source = Files.createDirectory(folder.resolve("source"));
    Files.writeString(source.resolve("small"), "small");
    Files.writeString(source.resolve("empty"), "");
    Files.write(source.resolve("large"), new byte[200_000]);
    Files.writeString(source.resolve(LONG), "long");
    Files.createDirectories(source.resolve("in/side"));
    Files.writeString(source.resolve("in/side/ümläut"), "deep");
    Files.createSymbolicLink(source.resolve("link"), Path.of("small"));
    Files.setPosixFilePermissions(
        source.resolve("small"), PosixFilePermissions.fromString("rwxr-x--x"));
    return source;
  }

  private static void assertSame(Path copy) throws IOException {
    assertEquals("small", Files.readString(copy.resolve("small")));
    assertEquals("", Files.readString(copy.resolve("empty")));
    assertEquals(200_000, Files.size(copy.resolve("large")));
    assertEquals("long", Files.readString(copy.resolve(LONG)));
    assertEquals("deep", Files.readString(copy.resolve("in/side/ümläut")));
    assertEquals(
        "rwxr-x--x",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("small"))));
  }

  @Test
  void nothingLeadsOutOfTheTarget() throws Exception {
    var inner = Files.createDirectory(folder.resolve("source"));
    Files.writeString(inner.resolve("x"), "x");
    var archive = folder.resolve("a.tar");
    tar(
        "-C",
        folder.toString(),
        "--transform=s,x$,../../out,",
        "-Pcf",
        archive.toString(),
        "source");
    try (var in = Files.newInputStream(archive)) {
      new TarExtraction("source", folder.resolve("to/here"), warnings::add).extract(in);
    }
    assertFalse(Files.exists(folder.resolve("out")));
    assertFalse(Files.exists(folder.resolve("to/out")));
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(warnings.get(0).contains("leads out of"), warnings::toString);
  }

  @Test
  void whatIsCutShortOrNoArchiveIsRefused() throws IOException {
    var source = Files.writeString(folder.resolve("file"), "x".repeat(1000));
    var bytes = new ByteArrayOutputStream();
    try (var writer = new TarWriter(bytes)) {
      writer.add(source, "file");
    }
    for (int length : new int[] {100, 700}) {
      assertThrows(IOException.class, () -> extract(Arrays.copyOf(bytes.toByteArray(), length)));
    }
    var noise = "no archive ".repeat(100).getBytes(StandardCharsets.US_ASCII);
    assertThrows(IOException.class, () -> extract(noise));
    assertFalse(extract(new byte[1024]), "an empty archive has nothing");
  }

  private boolean extract(byte[] archive) throws IOException {
    return new TarExtraction("file", folder.resolve("copy"), warnings::add)
        .extract(new ByteArrayInputStream(archive));
  }

  private static void tar(String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("tar"));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }
}

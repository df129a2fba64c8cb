package io.sandjar.runtime.image.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.fixture.TreeListing;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Layers as honest builders make them, and as nobody should. */
class LayerUnpackerIT {
  private final WorkFolder temp = new WorkFolder();

  @AfterEach
  void clean() {
    temp.close();
  }

  private Path layer;

  @BeforeEach
  void prepare() throws IOException {
    Commands.requireRoot();
    layer = Files.createDirectory(temp.resolve("layer"));
    Files.writeString(temp.resolve("outside"), "untouched");
  }

  private Usage unpack(byte[] tar, Path into, Path... below) throws IOException {
    return unpack(tar, new Cancellation(), into, below);
  }

  private Usage unpack(byte[] tar, Cancellation cancellation, Path into, Path... below)
      throws IOException {
    try (Folder folder = Folder.open(into)) {
      return LayerUnpacker.unpack(
          new ByteArrayInputStream(tar),
          folder,
          new LowerLayers(List.of(below)),
          new Growth(new UnpackLimits(1 << 24, 1000, 300, 1 << 20), cancellation));
    }
  }

  private void unpack(TarBuilder tar) throws IOException {
    unpack(tar.build(), layer);
  }

  private String refused(TarBuilder tar) throws IOException {
    Map<String, String> before = outside();
    var refusal = assertThrows(IOException.class, () -> unpack(tar.build(), layer));
    assertEquals(before, outside(), "something outside the layer changed");
    return refusal.getMessage();
  }

  /** All that lies beside the layer. */
  private Map<String, String> outside() throws IOException {
    Map<String, String> listing = TreeListing.of(temp.path());
    listing.keySet().removeIf(path -> path.startsWith("/layer"));
    listing.remove(".");
    return listing;
  }

  private FileStatus status(Path folder, String name) throws IOException {
    try (Folder open = Folder.open(folder)) {
      return open.status(name).orElseThrow();
    }
  }

  @Test
  void modesOwnersTimesAndLinksArriveAsTheyWere() throws Exception {
    unpack(
        new TarBuilder()
            .as(02755, 5, 6)
            .at(1_000_000_000)
            .folder("d/")
            .as(04711, 7, 8)
            .pax("mtime", "1234567890.123456789")
            .file("d/f", "content")
            .hardLink("d/g", "d/f")
            .symlink("d/s", "/etc/passwd")
            .as(0620, 0, 5)
            .characterDevice("d/tty", 4, 64)
            .fifo("d/pipe"));
    FileStatus folder = status(layer, "d");
    assertEquals(02755, folder.permissions());
    assertEquals(1_000_000_000, folder.times().modified());
    FileStatus file = status(layer.resolve("d"), "f");
    assertEquals(04711, file.permissions());
    assertEquals(7, file.uid());
    assertEquals(8, file.gid());
    assertEquals(1234567890, file.times().modified());
    assertEquals(123456789, file.times().modifiedNanos());
    assertEquals(file.inode(), status(layer.resolve("d"), "g").inode());
    assertEquals(Path.of("/etc/passwd"), Files.readSymbolicLink(layer.resolve("d/s")));
    FileStatus device = status(layer.resolve("d"), "tty");
    assertEquals(4, device.deviceMajor());
    assertEquals(64, device.deviceMinor());
    assertEquals(0620, device.permissions());
    assertEquals(FileStatus.S_IFIFO, status(layer.resolve("d"), "pipe").type());
  }

  @Test
  void binaryXattrsSurvive() throws Exception {
    // CAP_SETUID is bit 7: 0x80 is no UTF-8.
    byte[] capability = {1, 0, 0, 2, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    unpack(
        new TarBuilder()
            .as(0755, 0, 0)
            .pax("SCHILY.xattr.security.capability", capability)
            .file("newuidmap", "x"));
    try (Folder open = Folder.open(layer)) {
      assertArrayEquals(capability, open.xattrs("newuidmap").get("security.capability"));
    }
  }

  @Test
  void anArchiveCannotSetOverlaysOwnXattrs() throws Exception {
    unpack(
        new TarBuilder()
            .as(0755, 0, 0)
            .pax("SCHILY.xattr.trusted.overlay.redirect", "/etc")
            .folder("d/"));
    try (Folder open = Folder.open(layer)) {
      assertEquals(Map.of(), open.xattrs("d"));
    }
  }

  @Test
  void namesThatAreNotUtf8Survive() throws Exception {
    byte[] name = "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);
    unpack(new TarBuilder().pax("path", name).file("placeholder", "x"));
    try (Folder open = Folder.open(layer)) {
      assertEquals(List.of("caf\u00e9"), open.names());
    }
  }

  @Test
  void whiteoutsHideWhatLowerLayersHave() throws Exception {
    Path base = Files.createDirectory(temp.resolve("base"));
    unpack(
        new TarBuilder()
            .as(0750, 1, 2)
            .folder("d/")
            .file("d/old", "x")
            .file("d/kept", "x")
            .folder("o/")
            .file("o/old", "x")
            .build(),
        base);
    unpack(
        new TarBuilder()
            .file("d/.wh.old", "")
            .file("d/.wh.never", "")
            .file("o/.wh..wh..opq", "")
            .file("o/new", "y")
            .build(),
        layer,
        base);
    assertTrue(status(layer.resolve("d"), "old").isWhiteout());
    // A whiteout of what is not there would show as a broken entry where nothing is merged.
    assertFalse(Files.exists(layer.resolve("d/never")));
    try (Folder open = Folder.open(layer)) {
      assertArrayEquals(new byte[] {'y'}, open.xattrs("o").get("trusted.overlay.opaque"));
    }
    FileStatus implied = status(layer, "d");
    assertEquals(0750, implied.permissions());
    assertEquals(1, implied.uid());
    assertEquals(1_600_000_000, implied.times().modified());
  }

  @Test
  void parentsThatAreSymlinksInALowerLayerAreFollowedThere() throws Exception {
    Path base = Files.createDirectory(temp.resolve("base"));
    unpack(
        new TarBuilder()
            .as(0755, 0, 0)
            .folder("usr/")
            .folder("usr/lib/")
            .symlink("lib", "usr/lib")
            .build(),
        base);
    unpack(new TarBuilder().file("lib/new.so", "x").build(), layer, base);
    assertTrue(Files.exists(layer.resolve("usr/lib/new.so")));
    assertFalse(Files.exists(layer.resolve("lib")));
  }

  @Test
  void aHardLinkToALowerLayersFileCopiesIt() throws Exception {
    Path base = Files.createDirectory(temp.resolve("base"));
    unpack(new TarBuilder().as(0640, 3, 4).file("f", "content").build(), base);
    unpack(new TarBuilder().hardLink("g", "f").build(), layer, base);
    assertEquals("content", Files.readString(layer.resolve("g")));
    assertEquals(status(layer, "f").inode(), status(layer, "g").inode());
    assertEquals(3, status(layer, "g").uid());
  }

  private Path baseWith(String file, String... shell) throws IOException {
    Path base = Files.createDirectory(temp.resolve("base"));
    Path source = Files.createDirectory(temp.resolve("source"));
    Commands.run(source, shell);
    Commands.run(source, "tar", "--sparse", "-cf", temp.resolve("base.tar").toString(), file);
    try (Folder folder = Folder.open(base);
        InputStream tar = Files.newInputStream(temp.resolve("base.tar"))) {
      var growth = new Growth(UnpackLimits.DEFAULT, new Cancellation());
      LayerUnpacker.unpack(tar, folder, LowerLayers.NONE, growth);
    }
    return base;
  }

  @Test
  void aCopyOfALowerLayersHugeHoleIsAHole() throws Exception {
    Path base =
        baseWith(
            "huge",
            "sh",
            "-c",
            "truncate -s 1T huge; printf end | dd of=huge bs=1M seek=1000000 conv=notrunc");
    Usage usage = unpack(new TarBuilder().hardLink("link", "huge").build(), layer, base);
    FileStatus copy = status(layer, "link");
    assertEquals(1L << 40, copy.size());
    assertTrue(copy.allocated() < 1 << 20, "it lost its hole: " + copy.allocated());
    assertEquals(new Usage(copy.allocated(), 2), usage);
    byte[] end = new byte[3];
    try (var file = new java.io.RandomAccessFile(layer.resolve("link").toFile(), "r")) {
      file.seek(1_000_000L << 20);
      file.readFully(end);
    }
    assertEquals("end", new String(end, StandardCharsets.US_ASCII));
  }

  @Test
  void aFewBytesCannotHaveMoreCopiedThanALayerMayHold() throws Exception {
    Path base = baseWith("large", "sh", "-c", "head -c 17000000 /dev/zero | tr '\\0' x > large");
    byte[] tar = new TarBuilder().hardLink("link", "large").build();
    var refusal = assertThrows(TarException.class, () -> unpack(tar, layer, base));
    assertTrue(refusal.getMessage().contains("bomb"), refusal.getMessage());
  }

  @Test
  void whatIsCopiedCountsAsItsSize() throws Exception {
    Path base = baseWith("some", "sh", "-c", "head -c 500000 /dev/zero | tr '\\0' x > some");
    Usage usage = unpack(new TarBuilder().hardLink("link", "some").build(), layer, base);
    assertEquals(status(layer, "link").allocated(), usage.bytes());
    assertTrue(usage.bytes() >= 500_000, usage.toString());
  }

  @Test
  void aCallerWhoLeavesEndsTheUnpacking() throws Exception {
    var cancellation = new Cancellation();
    cancellation.cancel(EngineException.Kind.CANCELLED, "nobody waits");
    byte[] tar = new TarBuilder().file("f", "x").build();
    assertThrows(EngineException.class, () -> unpack(tar, cancellation, layer));
    assertFalse(Files.exists(layer.resolve("f")));
  }

  @Test
  void aFolderThatReplacesAWhiteoutIsOpaque() throws Exception {
    Path base = Files.createDirectory(temp.resolve("base"));
    unpack(new TarBuilder().as(0755, 0, 0).folder("d/").file("d/old", "x").build(), base);
    unpack(new TarBuilder().file(".wh.d", "").as(0755, 0, 0).folder("d/").build(), layer, base);
    try (Folder open = Folder.open(layer)) {
      assertTrue(open.xattrs("d").containsKey("trusted.overlay.opaque"));
    }
  }

  @Test
  void laterEntriesReplaceEarlierOnes() throws Exception {
    unpack(
        new TarBuilder()
            .file("a", "one")
            .file("a", "two")
            .as(0755, 0, 0)
            .folder("b/")
            .file("b/inner", "x")
            .file("b", "now a file"));
    assertEquals("two", Files.readString(layer.resolve("a")));
    assertEquals("now a file", Files.readString(layer.resolve("b")));
  }

  @Test
  void absoluteNamesStayInTheLayer() throws Exception {
    unpack(new TarBuilder().file("/etc/absolute", "x").hardLink("//link", "/etc/absolute"));
    assertEquals("x", Files.readString(layer.resolve("etc/absolute")));
    assertEquals("x", Files.readString(layer.resolve("link")));
  }

  @Test
  void symlinksLeadNowhereButIntoTheLayer() throws Exception {
    unpack(
        new TarBuilder()
            .symlink("up", "../../..")
            .file("up/outside", "mine")
            .symlink("abs", temp.path().toString())
            .file("abs/outside", "mine too"));
    assertEquals("untouched", Files.readString(temp.resolve("outside")));
    assertEquals("mine", Files.readString(layer.resolve("outside")));
    assertEquals(
        "mine too",
        Files.readString(layer.resolve(temp.path().toString().substring(1)).resolve("outside")));
  }

  @Test
  void aSymlinkIsReplacedNotWrittenThrough() throws Exception {
    unpack(new TarBuilder().symlink("f", temp.resolve("outside").toString()).file("f", "replaced"));
    assertEquals("untouched", Files.readString(temp.resolve("outside")));
    assertEquals("replaced", Files.readString(layer.resolve("f")));
  }

  @Test
  void dotDotIsRefused() throws Exception {
    assertTrue(refused(new TarBuilder().file("../outside", "x")).contains(".."));
    assertTrue(refused(new TarBuilder().file("a/../../outside", "x")).contains(".."));
    assertTrue(refused(new TarBuilder().hardLink("l", "../outside")).contains(".."));
    assertTrue(refused(new TarBuilder().file("../.wh.outside", "")).contains(".."));
  }

  @Test
  void hardLinksOutOfTheLayerAreRefused() throws Exception {
    assertTrue(
        refused(new TarBuilder().hardLink("l", temp.resolve("outside").toString()))
            .contains("link to"));
    assertTrue(
        refused(new TarBuilder().symlink("s", temp.path().toString()).hardLink("l", "s/outside"))
            .contains("link to"));
  }

  @Test
  void whiteoutsOfDotsAreRefused() throws Exception {
    assertTrue(refused(new TarBuilder().file(".wh...", "")).contains("whiteout"));
    assertTrue(refused(new TarBuilder().file("d/.wh..", "")).contains("whiteout"));
    assertTrue(refused(new TarBuilder().file(".wh.", "")).contains("whiteout"));
  }

  @Test
  void aDeviceThatOverlayWouldTakeForAWhiteoutIsRefused() throws Exception {
    assertTrue(refused(new TarBuilder().characterDevice("d", 0, 0)).contains("0/0"));
  }

  @Test
  void longNamesAreRefused() throws Exception {
    assertTrue(
        refused(new TarBuilder().pax("path", "n".repeat(1 << 19)).file("x", "")).contains("long"));
    assertTrue(
        refused(new TarBuilder().pax("path", "n".repeat(1 << 20)).file("x", ""))
            .contains("longer"));
    assertTrue(
        refused(new TarBuilder().pax("path", "n".repeat(300)).file("x", "")).contains("255"));
    byte[] name = "n".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
    var gnu = new TarBuilder().entry('L', "././@LongLink", "", name.length, 0, 0).data(name);
    assertTrue(refused(gnu.file("x", "")).contains("long"));
  }

  @Test
  void linkLoopsAndPathsThroughFilesAreRefused() throws Exception {
    assertTrue(
        refused(new TarBuilder().symlink("a", "b").symlink("b", "a").file("a/f", "x"))
            .contains("symlinks"));
    assertTrue(refused(new TarBuilder().file("f", "x").file("f/g", "x")).contains("not a folder"));
  }

  @Test
  void truncatedAndDamagedArchivesAreRefused() throws Exception {
    byte[] whole = new TarBuilder().file("f", "x".repeat(2000)).build();
    for (int cut : new int[] {100, 700, 2400}) {
      byte[] part = java.util.Arrays.copyOf(whole, cut);
      var refusal = assertThrows(TarException.class, () -> unpack(part, layer));
      assertTrue(refusal.getMessage().contains("truncated"), refusal.getMessage());
    }
    byte[] damaged = whole.clone();
    damaged[10] ^= 1;
    assertTrue(
        assertThrows(TarException.class, () -> unpack(damaged, layer))
            .getMessage()
            .contains("checksum"));
    assertTrue(refused(new TarBuilder().entry('9', "odd", "", 0, 0, 0)).contains("unknown type"));
  }

  @Test
  void anArchiveMayEndWithItsLastFilesLastByte() throws Exception {
    byte[] whole = new TarBuilder().file("f", "x".repeat(700)).buildWithoutEnd();
    unpack(java.util.Arrays.copyOf(whole, 512 + 700), layer);
    assertEquals(700, Files.size(layer.resolve("f")));
  }

  @Test
  void tooManyEntriesAreRefused() throws Exception {
    var tar = new TarBuilder();
    for (int i = 0; i < 1001; i++) {
      tar.file("f" + i, "");
    }
    assertTrue(refused(tar).contains("more than 1000 entries"));
  }

  @Test
  void sparseFilesKeepTheirHolesInEveryForm() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    Commands.run(source, "truncate", "-s", "8M", "sparse");
    Commands.run(
        source,
        "sh",
        "-c",
        "printf head | dd of=sparse conv=notrunc status=none;"
            + "for i in 1 2 3 4 5 6 7; do printf mid$i | dd of=sparse bs=1M seek=$i conv=notrunc status=none; done");
    for (String form : new String[] {"gnu", "pax 0.0", "pax 0.1", "pax 1.0"}) {
      String format = form.startsWith("pax") ? "pax" : form;
      String version = form.startsWith("pax") ? form.substring(4) : "1.0";
      Path tar = temp.resolve("sparse.tar");
      Commands.run(
          source,
          "tar",
          "--sparse",
          "--sparse-version=" + version,
          "--format=" + format,
          "-cf",
          tar.toString(),
          "sparse");
      Path into = Files.createDirectory(temp.resolve("into-" + form.replace(' ', '-')));
      unpack(Files.readAllBytes(tar), into);
      assertEquals(-1, Files.mismatch(source.resolve("sparse"), into.resolve("sparse")), form);
      assertTrue(status(into, "sparse").allocated() < 1 << 20, form + " lost its holes");
    }
  }
}

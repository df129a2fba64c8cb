package io.sandjar.netbridge.routes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Cidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTableTest {
  private static final Peer B = peer("b 10.2.0.0/24,fd02::/64 192.0.2.2,2001:db8::2");

  @TempDir private Path folder;

  @Test
  void aPeerIsWrittenAsItIsRead() {
    assertEquals("b 10.2.0.0/24,fd02::/64 192.0.2.2,2001:db8::2", B.toLine());
  }

  @Test
  void anOverlapIsRefusedWithBothNames() throws IOException {
    PeerTable table = new PeerTable("a", List.of(B), Optional.empty());
    PeerConflictException e =
        assertThrows(
            PeerConflictException.class, () -> table.add(peer("c 10.2.0.128/25 192.0.2.3")));
    assertEquals(
        "pod network 10.2.0.128/25 of node c overlaps 10.2.0.0/24 of node b", e.getMessage());
    assertEquals(List.of(B), table.all());
  }

  @Test
  void anOverlapWithTheNodesOwnPodsIsRefusedFromBothSides() throws IOException {
    PeerTable table = new PeerTable("a", List.of(B), Optional.empty());
    assertThrows(
        PeerConflictException.class, () -> table.ownCidrs(List.of(Cidr.parse("10.0.0.0/8"))));
    table.ownCidrs(List.of(Cidr.parse("10.1.0.0/24")));
    assertThrows(PeerConflictException.class, () -> table.add(peer("c 10.1.0.0/16 192.0.2.3")));
  }

  @Test
  void twoNodesOfOneNameAreRefusedAndSoIsTheNodeItself() throws IOException {
    PeerTable table = new PeerTable("a", List.of(B), Optional.empty());
    assertThrows(PeerConflictException.class, () -> table.add(peer("b 10.3.0.0/24 192.0.2.3")));
    assertThrows(PeerConflictException.class, () -> table.add(peer("a 10.3.0.0/24 192.0.2.3")));
  }

  @Test
  void whatIsAddedAtRunTimeOutlivesTheProcess() throws IOException {
    PeerFile file = new PeerFile(folder.resolve("network").resolve("peers"), Peer.Source.RUNTIME);
    PeerTable first = new PeerTable("a", List.of(), Optional.of(file));
    AtomicInteger changes = new AtomicInteger();
    first.onChange(changes::incrementAndGet);
    first.add(peer("b 10.2.0.0/24 192.0.2.2"));
    first.add(peer("b 10.3.0.0/24 192.0.2.2"));
    first.add(peer("c 10.2.0.0/24 192.0.2.3"));
    assertTrue(first.remove("c"));
    assertFalse(first.remove("c"));
    assertEquals(4, changes.get());
    PeerTable second = new PeerTable("a", List.of(), Optional.of(file));
    assertEquals(
        List.of("b 10.3.0.0/24 192.0.2.2"), second.all().stream().map(Peer::toLine).toList());
  }

  @Test
  void whatIsNotUnderstoodInTheFileOutlivesChangesToo() throws IOException {
    Path path = folder.resolve("peers");
    byte[] before =
        "# racks\nb\u00e4r 10.9.0.0/24\nb 10.2.0.0/24 192.0.2.2\nover 10.2.0.0/16 192.0.2.5\n"
            .getBytes(ISO_8859_1);
    Files.write(path, before);
    PeerTable table =
        new PeerTable("a", List.of(), Optional.of(new PeerFile(path, Peer.Source.RUNTIME)));
    assertEquals(2, table.problems().size(), table.problems()::toString);
    table.add(peer("c 10.3.0.0/24 192.0.2.3"));
    table.add(peer("b 10.4.0.0/24 192.0.2.2"));
    assertTrue(table.remove("c"));
    assertEquals(
        "# racks\nb\u00e4r 10.9.0.0/24\nb 10.4.0.0/24 192.0.2.2\nover 10.2.0.0/16 192.0.2.5\n",
        Files.readString(path, ISO_8859_1));
    // What was in its way has moved.
    assertEquals(List.of("b", "over"), table.all().stream().map(Peer::name).toList());
    assertThrows(PeerConflictException.class, () -> table.add(peer("d 10.2.7.0/24 192.0.2.6")));
    assertEquals(List.of("b", "over"), table.all().stream().map(Peer::name).toList());
  }

  @Test
  void aPeerThatTheFileNamesInVainCanBeRemoved() throws IOException {
    Path path = folder.resolve("peers");
    Files.writeString(path, "wrong 10.2.0.0\nover 10.2.0.0/16 192.0.2.5\n");
    PeerTable table =
        new PeerTable("a", List.of(B), Optional.of(new PeerFile(path, Peer.Source.RUNTIME)));
    assertEquals(2, table.problems().size(), table.problems()::toString);
    assertTrue(table.remove("over"));
    table.add(peer("wrong 10.7.0.0/24 192.0.2.7"));
    assertEquals(List.of(), table.problems());
    assertTrue(table.remove("wrong"));
    assertEquals(List.of(), table.problems());
    assertEquals("", Files.readString(path));
  }

  @Test
  void whatTheConfigSaysIsNotRemovedAtRunTime() throws IOException {
    PeerTable table = new PeerTable("a", List.of(B), Optional.empty());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> table.remove("b"));
    assertEquals("node b was not added at run time: remove it from the config", e.getMessage());
  }

  @Test
  void aWrongLineOfAFileDoesNotSpoilTheOthers() throws IOException {
    Path path = folder.resolve("peers");
    Files.writeString(
        path,
        """
        # the second rack
        b 10.2.0.0/24 192.0.2.2   # next door
        nonsense
        c 10.2.0.0/16 192.0.2.3
        d 10.4.0.0/24 192.0.2.4
        """);
    PeerTable table = new PeerTable("a", List.of(), Optional.empty());
    table.replaceFromFile(new PeerFile(path, Peer.Source.FILE).read());
    assertEquals(List.of("b", "d"), table.all().stream().map(Peer::name).toList());
    assertEquals(2, table.problems().size());
    assertTrue(table.problems().get(0).contains("peers, line 3"), table.problems().get(0));
  }

  @Test
  void aChangedFileIsNoticed() throws Exception {
    Path path = folder.resolve("watched").resolve("peers");
    ArrayBlockingQueue<PeerFile.Content> seen = new ArrayBlockingQueue<>(20);
    try (PeerFileWatch watch =
        PeerFileWatch.start(new PeerFile(path, Peer.Source.FILE), seen::add)) {
      assertTrue(watch != null);
      assertEquals(List.of(), seen.take().peers());
      Files.writeString(path.resolveSibling("new"), "b 10.2.0.0/24 192.0.2.2\n");
      Files.move(path.resolveSibling("new"), path);
      assertEquals(List.of("b"), awaitPeers(seen));
    }
  }

  @Test
  void bytesThatAreNoUtf8SpoilTheirLineAlone() throws Exception {
    Path path = folder.resolve("peers");
    byte[] wrong = "b\u00e4 10.3.0.0/24 192.0.2.3\nc 10.4.0.0/24 192.0.2.4\n".getBytes(ISO_8859_1);
    Files.write(path, wrong);
    PeerFile file = new PeerFile(path, Peer.Source.RUNTIME);
    PeerTable table = new PeerTable("a", List.of(), Optional.of(file));
    assertEquals(List.of("c"), table.all().stream().map(Peer::name).toList());
    assertEquals(1, table.problems().size(), table.problems()::toString);
    assertTrue(table.problems().get(0).contains("peers, line 1"), table.problems().get(0));
  }

  @Test
  void aFileThatCannotBeReadIsReportedAndNoFailure() throws Exception {
    Path path = Files.createDirectories(folder.resolve("watched").resolve("peers"));
    ArrayBlockingQueue<PeerFile.Content> seen = new ArrayBlockingQueue<>(20);
    try (PeerFileWatch watch =
        PeerFileWatch.start(new PeerFile(path, Peer.Source.FILE), seen::add)) {
      assertTrue(watch != null);
      assertTrue(seen.take().problems().get(0).contains(path.toString()));
      Files.delete(path);
      Files.writeString(path, "b 10.2.0.0/24 192.0.2.2\n");
      assertEquals(List.of("b"), awaitPeers(seen));
      // Nor does it take away the peers that it named while it could be read.
      Files.delete(path);
      Files.createDirectory(path);
      PeerFile.Content unreadable = seen.poll(60, TimeUnit.SECONDS);
      while (unreadable != null && unreadable.problems().isEmpty()) {
        unreadable = seen.poll(60, TimeUnit.SECONDS);
      }
      assertTrue(unreadable != null, "the change was not noticed in 60 s");
    }
  }

  @Test
  void aFolderThatIsReplacedIsWatchedAgain() throws Exception {
    Path path = folder.resolve("watched").resolve("peers");
    ArrayBlockingQueue<PeerFile.Content> seen = new ArrayBlockingQueue<>(20);
    try (PeerFileWatch watch =
        PeerFileWatch.start(new PeerFile(path, Peer.Source.FILE), seen::add)) {
      assertTrue(watch != null);
      Files.writeString(path, "b 10.2.0.0/24 192.0.2.2\n");
      assertEquals(List.of("b"), awaitPeers(seen));
      Files.delete(path);
      Files.delete(path.getParent());
      Files.createDirectory(path.getParent());
      Files.writeString(path, "c 10.3.0.0/24 192.0.2.3\n");
      List<String> peers = awaitPeers(seen);
      while (!peers.equals(List.of("c"))) {
        peers = awaitPeers(seen);
      }
      Files.writeString(path, "d 10.4.0.0/24 192.0.2.4\n");
      while (!peers.equals(List.of("d"))) {
        peers = awaitPeers(seen);
      }
    }
  }

  /** The names that are reported next, if any are. */
  private static List<String> awaitPeers(ArrayBlockingQueue<PeerFile.Content> seen)
      throws InterruptedException {
    PeerFile.Content next = seen.poll(60, TimeUnit.SECONDS);
    while (next != null && next.peers().isEmpty()) {
      next = seen.poll(60, TimeUnit.SECONDS);
    }
    assertTrue(next != null, "the change was not noticed in 60 s");
    return next.peers().stream().map(Peer::name).toList();
  }

  private static Peer peer(String line) {
    return Peer.parse(line, Peer.Source.CONFIG);
  }
}

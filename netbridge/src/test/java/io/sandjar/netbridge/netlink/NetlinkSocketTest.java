package io.sandjar.netbridge.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads answers that are made by hand, through a socket whose other end is the test's. */
class NetlinkSocketTest {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int ENTRY = 16;
  private static final NetlinkRequest LIST =
      NetlinkRequest.of("list links", 18, Netlink.NLM_F_DUMP, new PayloadWriter());

  private Fd kernel;
  private NetlinkSocket socket;

  /** What only this test needs of the C library. */
  public interface Pairs {
    int socketpair(int domain, int type, int protocol, int[] fds);
  }

  @BeforeEach
  void connect() {
    int[] fds = new int[2];
    Pairs libc = LibraryLoader.create(Pairs.class).load("c");
    assertEquals(0, libc.socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
    kernel = new Fd(fds[0]);
    socket = NetlinkSocket.over(new Fd(fds[1]));
  }

  @AfterEach
  void close() {
    socket.close();
    kernel.close();
  }

  @Test
  void aDumpThatChangedUnderTheReaderIsAskedForAgain() throws IOException {
    answer(entry(1, "a", Netlink.NLM_F_DUMP_INTR), entry(1, "a", 0));
    answer(done(1, 0));
    answer(entry(2, "a", 0));
    answer(entry(2, "b", 0), done(2, 0));
    assertEquals(List.of("a", "b"), names());
  }

  @Test
  void soIsOneOfWhichOnlyTheEndSaysSo() throws IOException {
    answer(entry(1, "a", 0), done(1, Netlink.NLM_F_DUMP_INTR));
    answer(entry(2, "b", 0), done(2, 0));
    assertEquals(List.of("b"), names());
  }

  @Test
  void oneThatIsInterruptedEachTimeIsAnError() throws IOException {
    for (int attempt = 1; attempt <= 50; attempt++) {
      answer(entry(attempt, "a", Netlink.NLM_F_DUMP_INTR), done(attempt, 0));
    }
    IOException e = assertThrows(IOException.class, this::names);
    assertTrue(e.getMessage().startsWith("list links: the table changed during each"), e::toString);
  }

  private List<String> names() throws IOException {
    return socket.dump(LIST).stream().map(m -> m.attributes(0).string(1).orElseThrow()).toList();
  }

  private static byte[] entry(int sequence, String name, int flags) {
    return NetlinkRequest.of(
            "", ENTRY, Netlink.NLM_F_MULTI | flags, new PayloadWriter().attributeString(1, name))
        .encode(sequence);
  }

  private static byte[] done(int sequence, int flags) {
    return NetlinkRequest.of(
            "", Netlink.NLMSG_DONE, Netlink.NLM_F_MULTI | flags, new PayloadWriter().u32(0))
        .encode(sequence);
  }

  /** One datagram. */
  private void answer(byte[]... messages) throws IOException {
    ByteArrayOutputStream datagram = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      datagram.write(message);
    }
    byte[] bytes = datagram.toByteArray();
    assertEquals(bytes.length, Libc.get().write(kernel.number(), bytes, bytes.length));
  }
}

package io.sandjar.netbridge.netlink;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A netlink socket for requests and dumps. It stays in the network namespace that its thread was in
 * when it was opened, whoever uses it later. Safe for use by several threads, one exchange at a
 * time.
 *
 * <p>The kernel handles a request inside sendto(2), so by the time that returns every answer is
 * queued: nothing here ever waits.
 */
public final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SOCKADDR_NL = 12;
  private static final int SOCKADDR_NL_PID = 4;

  /** The kernel fills dumps in pieces of at most 32 KiB; nothing longer is ever answered. */
  private static final int RECEIVE_BYTES = 64 << 10;

  private static final int RECEIVE_QUEUE_BYTES = 4 << 20;
  private static final int SEND_QUEUE_BYTES = 4 << 20;

  /** A table that changes faster than it can be read this often is reported, not read for ever. */
  private static final int DUMP_ATTEMPTS = 50;

  private static final Errno ENOBUFS = new Errno(jnr.constants.platform.Errno.ENOBUFS.intValue());

  private final Fd fd;
  private final Pointer receiveBuffer;
  private final Pointer senderAddress;
  private final Pointer senderLength;
  private Pointer sendBuffer;
  private int sendCapacity = 8 << 10;
  private int sequence;

  private NetlinkSocket(Fd fd) {
    this.fd = fd;
    jnr.ffi.Runtime runtime = Libc.runtime();
    this.receiveBuffer = Memory.allocateDirect(runtime, RECEIVE_BYTES, false);
    this.sendBuffer = Memory.allocateDirect(runtime, sendCapacity, false);
    this.senderAddress = Memory.allocateDirect(runtime, SOCKADDR_NL, true);
    this.senderLength = Memory.allocateDirect(runtime, 4, true);
  }

  /** Over an open socket, at whose other end somebody answers as the kernel does. */
  static NetlinkSocket over(Fd socket) {
    return new NetlinkSocket(socket);
  }

  /** Opens a socket in the network namespace of the calling thread. */
  public static NetlinkSocket open(NetlinkProtocol protocol) throws SyscallException {
    Fd fd = socket(protocol);
    try {
      // Without the privilege for more the default sizes do, for all but very large batches.
      option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_QUEUE_BYTES);
      option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_QUEUE_BYTES);
      // The request is at hand here, so the kernel need not send it back with each error.
      option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      return new NetlinkSocket(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** A socket that receives what is multicast to these groups; for {@link NetlinkSubscription}. */
  static NetlinkSocket subscribed(NetlinkProtocol protocol, int... groups) throws SyscallException {
    Fd fd = socket(protocol);
    try {
      if (option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_QUEUE_BYTES) != 0) {
        option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_QUEUE_BYTES);
      }
      bindToOwnPort(fd);
      for (int group : groups) {
        if (option(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group) != 0) {
          throw new SyscallException(
              "subscribe to netlink group " + group, Libc.runtime().getLastError());
        }
      }
      return new NetlinkSocket(fd);
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** Sends one request and returns what the kernel answered besides its acknowledgement. */
  public List<NetlinkMessage> execute(NetlinkRequest request) throws IOException {
    return execute(List.of(request));
  }

  /**
   * Sends the requests in one datagram. For rtnetlink each stands for itself: after one that fails
   * the others are still carried out, and the first failure is thrown. nfnetlink makes what is
   * between its batch markers atomic.
   *
   * @return what the kernel answered besides acknowledgements, in order
   */
  public synchronized List<NetlinkMessage> execute(List<NetlinkRequest> requests)
      throws IOException {
    if (requests.isEmpty()) {
      return List.of();
    }
    int first = send(requests);
    return new Answers(requests, first).collect();
  }

  /**
   * Asks for a whole table. A dump that the kernel marks as interrupted (the table changed under
   * it, so that an entry may be missing or double) is asked for again.
   */
  public synchronized List<NetlinkMessage> dump(NetlinkRequest request) throws IOException {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      int dumpSequence = send(List.of(request));
      List<NetlinkMessage> entries = new ArrayList<>();
      if (readDump(request, dumpSequence, entries)) {
        return entries;
      }
    }
    throw new IOException(
        request.tried()
            + ": the table changed during each of "
            + DUMP_ATTEMPTS
            + " attempts to read it");
  }

  /** Reads until the end of the dump; false if it was interrupted and must be asked for again. */
  private boolean readDump(NetlinkRequest request, int dumpSequence, List<NetlinkMessage> entries)
      throws IOException {
    boolean whole = true;
    while (true) {
      for (NetlinkMessage message : receiveAnswer(request.tried())) {
        if (message.sequence() != dumpSequence) {
          continue;
        }
        whole &= (message.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
        switch (message.type()) {
          case Netlink.NLMSG_DONE -> {
            Acknowledgement end = Acknowledgement.of(message);
            if (end.failed() && !request.tolerates(end.errno())) {
              throw end.toException(request);
            }
            return whole;
          }
          case Netlink.NLMSG_ERROR -> {
            Acknowledgement refusal = Acknowledgement.of(message);
            if (refusal.failed() && request.tolerates(refusal.errno())) {
              return true;
            }
            throw refusal.toException(request);
          }
          case Netlink.NLMSG_NOOP -> {}
          default -> entries.add(message);
        }
      }
    }
  }

  /** The next datagram of an answer that must already be there. */
  private List<NetlinkMessage> receiveAnswer(String tried) throws IOException {
    List<NetlinkMessage> messages = receive(tried);
    if (messages == null) {
      throw new IOException(tried + ": the kernel did not answer");
    }
    return messages;
  }

  private int send(List<NetlinkRequest> requests) throws SyscallException {
    int length = 0;
    for (NetlinkRequest request : requests) {
      length += request.encodedLength();
    }
    if (length > sendCapacity) {
      sendCapacity = Math.max(length, sendCapacity * 2);
      sendBuffer = Memory.allocateDirect(Libc.runtime(), sendCapacity, false);
    }
    int first = sequence + 1;
    int at = 0;
    for (NetlinkRequest request : requests) {
      byte[] bytes = request.encode(++sequence);
      sendBuffer.put(at, bytes, 0, bytes.length);
      at += bytes.length;
    }
    while (Libc.get().sendto(fd.number(), sendBuffer, length, 0, null, 0) == -1) {
      SyscallException e =
          new SyscallException(requests.get(0).tried(), Libc.runtime().getLastError());
      if (!e.is(Errno.EINTR)) {
        throw e;
      }
    }
    return first;
  }

  /**
   * Takes one datagram from the queue without waiting, or null if there is none.
   *
   * @throws NetlinkOverrunException if the kernel had to drop messages
   */
  List<NetlinkMessage> receive(String tried) throws IOException {
    while (true) {
      senderLength.putInt(0, SOCKADDR_NL);
      long length =
          Libc.get()
              .recvfrom(
                  fd.number(),
                  receiveBuffer,
                  RECEIVE_BYTES,
                  MSG_DONTWAIT | MSG_TRUNC,
                  senderAddress,
                  senderLength);
      if (length == -1) {
        int errno = Libc.runtime().getLastError();
        if (errno == Errno.EAGAIN.number()) {
          return null;
        }
        SyscallException e = new SyscallException(tried, errno);
        if (e.is(ENOBUFS)) {
          throw new NetlinkOverrunException(tried);
        }
        if (!e.is(Errno.EINTR)) {
          throw e;
        }
      } else if (length > RECEIVE_BYTES) {
        throw new IOException(tried + ": the kernel's answer of " + length + " bytes is too long");
      } else if (senderAddress.getInt(SOCKADDR_NL_PID) == 0) {
        // Port 0 is the kernel; any privileged process can write to this socket too.
        byte[] datagram = new byte[(int) length];
        receiveBuffer.get(0, datagram, 0, datagram.length);
        return NetlinkMessage.parse(datagram);
      }
    }
  }

  Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }

  private static Fd socket(NetlinkProtocol protocol) throws SyscallException {
    int number = Libc.get().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol.number());
    if (number == -1) {
      throw new SyscallException(
          "open a netlink socket for " + protocol, Libc.runtime().getLastError());
    }
    return new Fd(number);
  }

  /** A socket that has no port yet counts as the kernel's own and is left out of multicasts. */
  private static void bindToOwnPort(Fd fd) throws SyscallException {
    Pointer address = Memory.allocateDirect(Libc.runtime(), SOCKADDR_NL, true);
    address.putShort(0, (short) AF_NETLINK);
    Syscalls.check(Libc.get().bind(fd.number(), address, SOCKADDR_NL), "bind a netlink socket");
    Reference.reachabilityFence(address);
  }

  private static int option(Fd fd, int level, int name, int value) {
    Pointer cell = Memory.allocateDirect(Libc.runtime(), 4, false);
    cell.putInt(0, value);
    int answer = Libc.get().setsockopt(fd.number(), level, name, cell, 4);
    Reference.reachabilityFence(cell);
    return answer;
  }

  /** Gathers the answers to one datagram of requests. */
  private final class Answers {
    private final List<NetlinkRequest> requests;
    private final int first;
    private final List<NetlinkMessage> replies = new ArrayList<>();
    private final boolean[] answered;
    private final boolean allAcknowledged;
    private int missing;
    private NetlinkException failure;

    Answers(List<NetlinkRequest> requests, int first) {
      this.requests = requests;
      this.first = first;
      this.answered = new boolean[requests.size()];
      for (int i = 0; i < answered.length; i++) {
        answered[i] = !requests.get(i).wantsAck();
        missing += answered[i] ? 0 : 1;
      }
      this.allAcknowledged = missing == answered.length;
    }

    List<NetlinkMessage> collect() throws IOException {
      List<NetlinkMessage> datagram;
      while ((datagram = receive(requests.get(0).tried())) != null) {
        datagram.forEach(this::take);
        if (missing == 0 && failure == null && (allAcknowledged || replies.isEmpty())) {
          // The usual end, one recvfrom(2) early; an unacknowledged request that failed came first.
          break;
        }
      }
      if (failure != null) {
        throw failure;
      }
      if (missing > 0) {
        throw new IOException(
            requests.get(0).tried() + ": the kernel left " + missing + " request(s) unanswered");
      }
      return replies;
    }

    private void take(NetlinkMessage message) {
      int index = message.sequence() - first;
      if (index < 0 || index >= answered.length || message.type() == Netlink.NLMSG_NOOP) {
        return;
      }
      if (message.type() != Netlink.NLMSG_ERROR) {
        if (message.type() != Netlink.NLMSG_DONE) {
          replies.add(message);
        }
        return;
      }
      if (!answered[index]) {
        answered[index] = true;
        missing--;
      }
      Acknowledgement answer = Acknowledgement.of(message);
      NetlinkRequest request = requests.get(index);
      if (answer.failed() && !request.tolerates(answer.errno())) {
        if (failure == null) {
          failure = answer.toException(request);
        } else {
          failure.addSuppressed(answer.toException(request));
        }
      }
    }
  }
}

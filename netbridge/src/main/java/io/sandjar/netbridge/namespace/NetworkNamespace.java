package io.sandjar.netbridge.namespace;

import io.sandjar.netbridge.netlink.NetlinkProtocol;
import io.sandjar.netbridge.netlink.NetlinkSocket;
import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A handle on a network namespace, which lives at least as long as the handle is open.
 *
 * <p>Work inside it runs on a short-lived platform thread of its own: setns(2) acts on one thread,
 * and a thread that ends cannot forget to come back.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;
  private static final long MS_BIND = 0x1000;
  private static final int MNT_DETACH = 2;
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");

  /** Something to do inside a namespace. */
  public interface Inside<T> {
    T run() throws IOException;
  }

  private final Fd fd;
  private final String name;

  private NetworkNamespace(Fd fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** The namespace of the calling thread. */
  public static NetworkNamespace current() throws SyscallException {
    return open(OWN);
  }

  /** The namespace that a process lives in. */
  public static NetworkNamespace ofProcess(long pid) throws SyscallException {
    return open(Path.of("/proc", Long.toString(pid), "ns", "net"));
  }

  /** Opens {@code /proc/PID/ns/net}, or a file that a namespace is bound on. */
  public static NetworkNamespace open(Path path) throws SyscallException {
    int number = Libc.get().open(path.toString(), O_RDONLY | O_CLOEXEC, 0);
    Syscalls.check(number, "open the network namespace %s", path);
    return new NetworkNamespace(new Fd(number), path.toString());
  }

  /** A second handle on the same namespace, closed on its own. */
  public NetworkNamespace duplicate() throws SyscallException {
    return new NetworkNamespace(open(Path.of("/proc/self/fd/" + fd.number())).fd, name);
  }

  /** Takes over an open descriptor of a namespace. */
  public static NetworkNamespace of(Fd fd) {
    return new NetworkNamespace(fd, fd.toString());
  }

  /** Makes a new, empty namespace; it vanishes with its last handle, socket, process or binding. */
  public static NetworkNamespace create() throws IOException {
    return new Started<>(
            "new network namespace",
            () -> {
              Syscalls.checkWithin(
                  "user.max_net_namespaces",
                  Libc.get().unshare(CLONE_NEWNET),
                  "create a network namespace");
              return current();
            })
        .get();
  }

  /** Runs {@code work} on a thread inside this namespace. */
  public <T> T call(Inside<T> work) throws IOException {
    return start(work).get();
  }

  /** As {@link #call}, without waiting for the end; whoever starts work has to {@code get} it. */
  public <T> Started<T> start(Inside<T> work) {
    return new Started<>(
        "inside " + name,
        () -> {
          Syscalls.check(
              Libc.get().setns(fd.number(), CLONE_NEWNET), "enter the network namespace %s", name);
          return work.run();
        });
  }

  /** Opens a netlink socket that belongs to this namespace and can be used from anywhere. */
  public NetlinkSocket socket(NetlinkProtocol protocol) throws IOException {
    return call(() -> NetlinkSocket.open(protocol));
  }

  /** Gives the namespace a name in the file system, so that it outlives its processes. */
  public void bind(Path file) throws IOException {
    boolean made = makeIfMissing(file);
    try {
      Syscalls.checkWithin(
          "fs.mount-max",
          Libc.get().mount("/proc/self/fd/" + fd.number(), file.toString(), null, MS_BIND, null),
          "bind the network namespace %s on %s",
          name,
          file);
    } catch (SyscallException e) {
      if (made) {
        Files.delete(file);
      }
      throw e;
    }
  }

  private static boolean makeIfMissing(Path file) throws IOException {
    try {
      Files.createFile(file);
      return true;
    } catch (FileAlreadyExistsException there) {
      return false;
    } catch (NoSuchFileException first) {
      Files.createDirectories(file.getParent());
      Files.createFile(file);
      return true;
    }
  }

  /** Removes every binding on {@code file}, and the file; does nothing if there is none. */
  public static void unbind(Path file) throws IOException {
    while (Libc.get().umount2(file.toString(), MNT_DETACH) == 0) {
      // A second daemon start may have bound a second time.
    }
    int errno = Libc.runtime().getLastError();
    if (errno != Errno.EINVAL.number() && errno != Errno.ENOENT.number()) {
      throw new SyscallException("unmount " + file, errno);
    }
    Files.deleteIfExists(file);
  }

  /** The inode that tells namespaces apart. */
  public long inode() throws IOException {
    return (Long) Files.getAttribute(Path.of("/proc/self/fd/" + fd.number()), "unix:ino");
  }

  /** The descriptor, to send in a message while this handle is open. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return name;
  }

  /** Work on a thread of its own. */
  public static final class Started<T> {
    private final Thread thread;
    private T result;
    private Throwable failure;

    private Started(String threadName, Inside<T> work) {
      this.thread =
          new Thread(
              () -> {
                try {
                  result = work.run();
                } catch (Throwable e) {
                  failure = e;
                }
              },
              threadName);
      thread.start();
    }

    /** Waits for the end, whoever interrupts, and throws what the work threw. */
    public T get() throws IOException {
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure instanceof IOException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
      return result;
    }
  }
}

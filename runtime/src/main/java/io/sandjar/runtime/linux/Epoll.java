package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;

/**
 * One thread that waits for many file descriptors with epoll(7), because Java's selectors know
 * sockets only and not pipes or terminals. It also runs tasks and timers, so that what belongs to a
 * descriptor needs no lock.
 */
public final class Epoll implements Executor, AutoCloseable {
  public static final int EPOLLIN = 0x001;
  public static final int EPOLLOUT = 0x004;
  public static final int EPOLLERR = 0x008;
  public static final int EPOLLHUP = 0x010;

  /**
   * The descriptor reports once, and then nothing until {@link Registration#arm} is called again.
   */
  public static final int EPOLLONESHOT = 1 << 30;

  private static final Logger LOG = System.getLogger(Epoll.class.getName());
  private static final int EVENTS_AT_ONCE = 128;
  private static final long WAKE_UP_KEY = 0;

  /** struct epoll_event is packed on x86-64 and on no other machine. */
  private static final int DATA_OFFSET = "amd64".equals(System.getProperty("os.arch")) ? 4 : 8;

  private static final int EVENT_SIZE = DATA_OFFSET + Long.BYTES;

  private final StreamCalls calls = StreamCalls.get();
  private final Fd epoll;
  private final Bell wakeUp;
  private final Thread thread;
  private final Map<Long, Registration> registrations = new ConcurrentHashMap<>();
  private final AtomicLong nextKey = new AtomicLong(WAKE_UP_KEY + 1);
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();

  /** Used on the thread only. */
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();

  private volatile boolean closed;

  private Epoll(Fd epoll, Bell wakeUp, String name) {
    this.epoll = epoll;
    this.wakeUp = wakeUp;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Starts the thread. */
  public static Epoll start(String threadName) throws SyscallException {
    var calls = StreamCalls.get();
    var epoll = new Fd(Syscalls.check(calls.epoll_create1(StreamCalls.O_CLOEXEC), "make an epoll"));
    try {
      return start(epoll, Bell.open(), threadName);
    } catch (SyscallException e) {
      epoll.close();
      throw e;
    }
  }

  private static Epoll start(Fd epoll, Bell wakeUp, String threadName) throws SyscallException {
    try {
      var loop = new Epoll(epoll, wakeUp, threadName);
      loop.control(StreamCalls.EPOLL_CTL_ADD, wakeUp.fd(), EPOLLIN, WAKE_UP_KEY);
      loop.thread.start();
      return loop;
    } catch (SyscallException e) {
      wakeUp.close();
      throw e;
    }
  }

  /** What runs on the loop's thread when a descriptor is ready. It never blocks. */
  @FunctionalInterface
  public interface Handler {
    void ready(int events);
  }

  /**
   * Adds a descriptor, which reports nothing before it is armed. The caller closes the registration
   * before it closes the descriptor.
   */
  public Registration register(Fd fd, Handler handler) throws SyscallException {
    var registration = new Registration(fd, nextKey.getAndIncrement(), handler);
    registrations.put(registration.key, registration);
    try {
      // EPOLLHUP and EPOLLERR cannot be masked; with one shot they are told once at most.
      control(StreamCalls.EPOLL_CTL_ADD, fd, EPOLLONESHOT, registration.key);
    } catch (SyscallException e) {
      registrations.remove(registration.key);
      throw e;
    }
    return registration;
  }

  /** A descriptor's place in the loop. */
  public final class Registration implements AutoCloseable {
    private final Fd fd;
    private final long key;
    private final Handler handler;

    private Registration(Fd fd, long key, Handler handler) {
      this.fd = fd;
      this.key = key;
      this.handler = handler;
    }

    /** Which events are reported from now on; with {@link #EPOLLONESHOT} only the next one. */
    public void arm(int events) throws SyscallException {
      control(StreamCalls.EPOLL_CTL_MOD, fd, events, key);
    }

    /** Nothing is reported until it is armed again. */
    public void disarm() throws SyscallException {
      arm(EPOLLONESHOT);
    }

    /**
     * Takes the descriptor out. Needed even when it is closed next: epoll follows the open file,
     * and others may hold that too.
     */
    @Override
    public void close() {
      if (registrations.remove(key) != null && fd.isOpen()) {
        calls.epoll_ctl(epoll.number(), StreamCalls.EPOLL_CTL_DEL, fd.number(), null);
      }
    }
  }

  /** Runs the task on the loop's thread; one that comes after the end is dropped. */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (Thread.currentThread() != thread && awake.compareAndSet(false, true)) {
      wakeUp.ring();
    }
  }

  /** Runs the task on the loop's thread after the delay, unless it is cancelled before. */
  public Timer schedule(Runnable task, long delay, TimeUnit unit) {
    var timer = new Timer(System.nanoTime() + unit.toNanos(delay), task);
    if (Thread.currentThread() == thread) {
      timers.add(timer);
    } else {
      execute(() -> timers.add(timer));
    }
    return timer;
  }

  /** A task that waits for its time. */
  public static final class Timer implements Comparable<Timer> {
    private final long due;
    private volatile Runnable task;

    private Timer(long due, Runnable task) {
      this.due = due;
      this.task = task;
    }

    public void cancel() {
      task = null;
    }

    @Override
    public int compareTo(Timer other) {
      return Long.compare(due - other.due, 0);
    }
  }

  public boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Whether it still waits for descriptors: nothing is told of them any more where not. */
  public boolean isAlive() {
    return thread.isAlive();
  }

  /** Ends the thread; descriptors that are registered stay open and report no more. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    execute(() -> {});
    if (!isCurrentThread()) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    var memory = Libc.runtime().getMemoryManager();
    var events = memory.allocateDirect(EVENTS_AT_ONCE * EVENT_SIZE);
    while (!closed) {
      int ready = calls.epoll_wait(epoll.number(), events, EVENTS_AT_ONCE, timeout());
      if (ready == -1 && Libc.runtime().getLastError() != Errno.EINTR.number()) {
        LOG.log(Level.ERROR, "epoll_wait failed: {0}", new Errno(Libc.runtime().getLastError()));
      }
      for (int i = 0; i < ready; i++) {
        dispatch(events, i * EVENT_SIZE);
      }
      runTasks();
      runTimers();
    }
    epoll.close();
    wakeUp.close();
  }

  private void dispatch(Pointer events, long offset) {
    long key = events.getLong(offset + DATA_OFFSET);
    if (key == WAKE_UP_KEY) {
      wakeUp.hush();
      awake.set(false);
      return;
    }
    var registration = registrations.get(key);
    if (registration != null) {
      int happened = events.getInt(offset);
      guarded(() -> registration.handler.ready(happened));
    }
  }

  private int timeout() {
    while (!timers.isEmpty() && timers.peek().task == null) {
      timers.remove();
    }
    if (!tasks.isEmpty()) {
      return 0;
    }
    if (timers.isEmpty()) {
      return -1;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(timers.peek().due - System.nanoTime()) + 1;
    return (int) Math.max(0, Math.min(millis, Integer.MAX_VALUE));
  }

  private void runTasks() {
    // Only those that are here now: a task that adds tasks must not keep descriptors waiting.
    for (int left = tasks.size(); left > 0; left--) {
      guarded(tasks.remove());
    }
  }

  private void runTimers() {
    while (!timers.isEmpty() && timers.peek().due - System.nanoTime() <= 0) {
      var task = timers.remove().task;
      if (task != null) {
        guarded(task);
      }
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "a task of the epoll thread failed", e);
    }
  }

  private void control(int operation, Fd fd, int events, long key) throws SyscallException {
    var event = EventMemory.OF_THREAD.get();
    event.putInt(0, events);
    event.putLong(DATA_OFFSET, key);
    Syscalls.checkWithin(
        "fs.epoll.max_user_watches",
        calls.epoll_ctl(epoll.number(), operation, fd.number(), event),
        "watch %s by epoll",
        fd);
  }

  /** One struct epoll_event for each thread that calls epoll_ctl. */
  private static final class EventMemory {
    private static final ThreadLocal<Pointer> OF_THREAD =
        ThreadLocal.withInitial(() -> Libc.runtime().getMemoryManager().allocateDirect(EVENT_SIZE));
  }
}

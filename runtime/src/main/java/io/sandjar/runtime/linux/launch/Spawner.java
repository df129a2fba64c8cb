package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.LaunchCalls;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * Starts the launcher with a program.
 *
 * <p>By posix_spawn, since a JVM cannot fork: glibc's is a vfork, so that a large heap costs
 * nothing. Signals get their default dispositions and none is blocked, whatever the JVM does with
 * them; of the files only those that the program uses are inherited, each under its own number.
 */
final class Spawner implements AutoCloseable {
  private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
  private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
  private static final short POSIX_SPAWN_SETSID = 0x80;

  /** Enough for glibc's and musl's structs. */
  private static final int ACTIONS_BYTES = 128;

  private static final int ATTRIBUTES_BYTES = 512;
  private static final int SIGNALS_BYTES = 128;
  private static final int NULL_FD = 2;

  private final Architecture architecture;
  private final Fd launcher;
  private final Fd nothing;

  /** The same for every launcher. */
  private final Pointer attributes = Memory.allocateDirect(Libc.runtime(), ATTRIBUTES_BYTES, true);

  private final Pointer noEnvironment = Memory.allocateDirect(Libc.runtime(), Long.BYTES, true);

  Spawner(Architecture architecture, Path folder) throws IOException {
    this.architecture = architecture;
    this.launcher = LauncherImage.create(architecture, folder);
    try {
      check(LaunchCalls.get().posix_spawnattr_init(attributes));
      calm(attributes);
      this.nothing = OpenFiles.open(Path.of("/dev/null"), OpenFiles.O_RDWR);
    } catch (SyscallException e) {
      launcher.close();
      throw e;
    }
  }

  /**
   * A launcher that runs, and the page that it shares.
   *
   * @param pid a child of this process: whoever asked for it has to reap it
   */
  record Spawned(int pid, Program program, Fd shared) implements AutoCloseable {

    /** What the program has stored in a shared slot. */
    long read(Data slot) throws SyscallException {
      byte[] value = new byte[Long.BYTES];
      Syscalls.check(
          LaunchCalls.get()
              .pread(shared.number(), value, value.length, slot.address() - Program.SHARED_BASE),
          "read %s of a launch",
          slot.name());
      return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    @Override
    public void close() {
      shared.close();
    }
  }

  /**
   * @param name as ps shows it: the arguments of a command that is none
   * @param status the writing end of the status pipe, closed here: only the program may hold it
   * @param results the shared slots that are read afterwards, in use or not
   */
  Spawned spawn(List<String> name, ProgramBuilder builder, List<Data> results, Fd status)
      throws IOException {
    Collection<Fd> inherited = builder.files();
    Program program = builder.build(results);
    Program.Encoded encoded = program.encode(architecture);
    Fd shared = OpenFiles.memfd("sandjar-launch-results");
    try (Fd file = OpenFiles.memfd("sandjar-launch-program")) {
      Syscalls.check(
          LaunchCalls.get().ftruncate(shared.number(), Program.SHARED_BYTES),
          "size the page of a launch");
      OpenFiles.writeFully(file, encoded.program(), "a launch program");
      if (encoded.rest().length > 0) {
        writeRest(file, encoded);
      }
      return new Spawned(start(name, file, shared, inherited), program, shared);
    } catch (IOException e) {
      shared.close();
      throw e;
    } finally {
      status.close();
    }
  }

  /** Behind the file's position, from which the program reads it. */
  private static void writeRest(Fd file, Program.Encoded encoded) throws IOException {
    byte[] rest = encoded.rest();
    long at = encoded.program().length;
    long written =
        Syscalls.check(
            LaunchCalls.get().pwrite(file.number(), rest, rest.length, at),
            "write the rest of a launch program");
    if (written < rest.length) {
      throw new IOException(
          "write the rest of a launch program: only "
              + written
              + " of "
              + rest.length
              + " bytes were taken");
    }
  }

  private int start(List<String> name, Fd program, Fd shared, Collection<Fd> inherited)
      throws SyscallException {
    var calls = LaunchCalls.get();
    Pointer actions = Memory.allocateDirect(Libc.runtime(), ACTIONS_BYTES, true);
    check(calls.posix_spawn_file_actions_init(actions));
    try {
      pass(actions, program, LauncherCode.PROGRAM_FD);
      pass(actions, shared, LauncherCode.SHARED_FD);
      pass(actions, nothing, NULL_FD);
      for (Fd fd : inherited) {
        // A dup2 onto itself only clears close-on-exec; see posix_spawn_file_actions_adddup2(3).
        pass(actions, fd, fd.number());
      }
      Pointer argv = arguments(name);
      int[] pid = new int[1];
      String path = "/proc/self/fd/" + launcher.number();
      check(calls.posix_spawn(pid, path, actions, attributes, argv, noEnvironment));
      Reference.reachabilityFence(argv);
      Reference.reachabilityFence(this);
      return pid[0];
    } finally {
      calls.posix_spawn_file_actions_destroy(actions);
    }
  }

  private static void calm(Pointer attributes) throws SyscallException {
    var calls = LaunchCalls.get();
    Pointer signals = Memory.allocateDirect(Libc.runtime(), SIGNALS_BYTES, true);
    check(calls.posix_spawnattr_setsigmask(attributes, signals));
    for (int i = 0; i < SIGNALS_BYTES; i += Long.BYTES) {
      signals.putLong(i, -1L);
    }
    check(calls.posix_spawnattr_setsigdefault(attributes, signals));
    check(
        calls.posix_spawnattr_setflags(
            attributes,
            (short) (POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID)));
    Reference.reachabilityFence(signals);
  }

  private static void pass(Pointer actions, Fd fd, int number) throws SyscallException {
    check(LaunchCalls.get().posix_spawn_file_actions_adddup2(actions, fd.number(), number));
  }

  /** The addresses of the strings, a zero, and the strings. */
  private static Pointer arguments(List<String> arguments) {
    byte[] texts = (String.join("\0", arguments) + '\0').getBytes(StandardCharsets.UTF_8);
    int at = (arguments.size() + 1) * Long.BYTES;
    Pointer memory = Memory.allocateDirect(Libc.runtime(), at + texts.length, true);
    memory.put(at, texts, 0, texts.length);
    int text = 0;
    for (int i = 0; i < arguments.size(); i++) {
      memory.putLong((long) i * Long.BYTES, memory.address() + at + text);
      while (texts[text++] != 0) {}
    }
    return memory;
  }

  private static void check(int error) throws SyscallException {
    if (error != 0) {
      throw new SyscallException("spawn the launcher", error);
    }
  }

  @Override
  public void close() {
    LaunchCalls.get().posix_spawnattr_destroy(attributes);
    launcher.close();
    nothing.close();
  }
}

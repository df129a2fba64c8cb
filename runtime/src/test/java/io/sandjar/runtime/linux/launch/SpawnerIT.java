package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.OpenFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("machine")
class SpawnerIT {
  @TempDir Path folder;

  @Test
  void aProgramRunsItsSyscallsAndReportsTheOneThatFails() throws Exception {
    Fd[] pipe = OpenFiles.pipe();
    try (var spawner = new Spawner(Architecture.ofThisMachine(), folder);
        Fd read = pipe[0]) {
      var builder = new ProgramBuilder();
      Data pid = Data.sharedSlot("pid");
      builder.call("ask for the pid", Syscall.GETPID).into(pid);
      builder.call(
          "make /nowhere/x", Syscall.MKDIRAT, Arg.num(-100), Arg.text("/nowhere/x"), Arg.num(0755));
      builder.place(builder.failure());
      Data header = Data.header();
      builder.call("report", Syscall.WRITE, Arg.file(pipe[1]), Arg.at(header), Arg.num(16));
      builder.call("exit", Syscall.EXIT_GROUP, Arg.num(7));
      try (var spawned = spawner.spawn(List.of("test"), builder, List.of(pid), pipe[1])) {
        byte[] report = new byte[16];
        assertEquals(16, Libc.get().read(read.number(), report, 16));
        ByteBuffer words = ByteBuffer.wrap(report).order(ByteOrder.nativeOrder());
        assertEquals("make /nowhere/x", spawned.program().failed(words.getLong(0)).step());
        assertEquals(2, words.getLong(8));
        assertEquals(spawned.pid(), spawned.read(pid));
      }
    }
  }

  /** In a user namespace, whose limits are its own. */
  @Test
  void aLimitThatIsReachedIsNamedAndTakenForNoFullDisk() throws Exception {
    var builder = new ProgramBuilder();
    Data limit = Data.slot("limit");
    builder.call("be apart", Syscall.UNSHARE, Arg.num(NamespaceFlags.CLONE_NEWUSER));
    builder
        .call(
            "open the limit",
            Syscall.OPENAT,
            Arg.num(-100),
            Arg.text("/proc/sys/user/max_net_namespaces"),
            Arg.num(OpenFiles.O_RDWR))
        .into(limit);
    builder.call("allow none", Syscall.WRITE, Arg.in(limit), Arg.text("0"), Arg.num(1));
    builder.call("make a network", Syscall.UNSHARE, Arg.num(NamespaceFlags.CLONE_NEWNET));
    Fd[] pipe = OpenFiles.pipe();
    StatusMessages.placeFailure(builder, pipe[1]);
    try (var spawner = new Spawner(Architecture.ofThisMachine(), folder);
        Fd status = pipe[0];
        var spawned = spawner.spawn(List.of("test"), builder, List.of(), pipe[1])) {
      var refused =
          assertThrows(
              LaunchException.class,
              () -> StatusMessages.read(status, spawned.program(), Duration.ofMinutes(1)));
      assertEquals(
          "make a network: ENOSPC (a sysctl user.max_*_namespaces allows no more)",
          refused.getMessage());
      assertEquals(EngineException.Kind.INTERNAL, EngineException.kindOf(refused));
    }
  }

  @Test
  void moreTerminalsThanThereMayBeAreNoFullDisk() throws Exception {
    var onlyOne = List.of(new MountCalls.Option("max", "1"));
    try (Terminal first = Terminal.on(DetachedMount.create("devpts", onlyOne, 0))) {
      var refused = assertThrows(SyscallException.class, () -> Terminal.on(first.devpts()));
      assertTrue(
          refused.getMessage().contains("kernel.pty.max, or its mount's max"), refused::toString);
      assertEquals(EngineException.Kind.INTERNAL, EngineException.kindOf(refused));
    }
  }
}

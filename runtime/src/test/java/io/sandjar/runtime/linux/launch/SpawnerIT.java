package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.OpenFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
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
}

package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The log pump in a JVM of its own, to be killed by a test that holds the pipes as a monitor does.
 * Arguments: the holder's pid, the log's folder, the descriptors' numbers in the holder.
 */
final class PumpProcess {
  private static final long SYS_pidfd_open = 434;
  private static final long SYS_pidfd_getfd = 438;

  private PumpProcess() {}

  public static void main(String[] args) throws Exception {
    var held = new ArrayList<Fd>();
    try (Fd holder = call(SYS_pidfd_open, Long.parseLong(args[0]), 0)) {
      for (var number : List.of(args).subList(2, args.length)) {
        held.add(call(SYS_pidfd_getfd, holder.number(), Long.parseLong(number)));
      }
    }
    var pump = new LogPump(1);
    var log = pump.start(LogPipes.of(held), Optional.of(new LogPath(Path.of(args[1]), "0.log")));
    System.out.println("pumping");
    log.drained().join();
    System.out.println("drained");
  }

  private static Fd call(long number, long first, long second) throws Exception {
    return new Fd(
        (int)
            Syscalls.check(
                Libc.get().syscall(number, first, second, 0, 0, 0, 0), "get what the test holds"));
  }

  static Process start(Path directory, LogPipes pipes) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                PumpProcess.class.getName(),
                Long.toString(ProcessHandle.current().pid()),
                directory.toString()));
    pipes.held().forEach(fd -> command.add(Integer.toString(fd.number())));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}

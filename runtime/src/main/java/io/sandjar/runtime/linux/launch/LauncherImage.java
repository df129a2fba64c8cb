package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.LaunchCalls;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The launcher as an executable file that nobody can change any more, not even through {@code
 * /proc/self/exe} of a container that is just being started (CVE-2019-5736).
 */
final class LauncherImage {
  private static final int MFD_ALLOW_SEALING = 0x2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_ADD_SEALS = 1033;
  private static final long F_SEAL_SEAL = 0x1;
  private static final long F_SEAL_SHRINK = 0x2;
  private static final long F_SEAL_GROW = 0x4;
  private static final long F_SEAL_WRITE = 0x8;
  private static final int EXECUTABLE = 0555;

  private LauncherImage() {}

  /**
   * In memory, or where {@code vm.memfd_noexec} forbids that in a file.
   *
   * @param folder for the file, on a file system that is not mounted noexec
   */
  static Fd create(Architecture architecture, Path folder) throws IOException {
    byte[] elf = LauncherElf.of(architecture);
    try {
      return inMemory(elf);
    } catch (SyscallException e) {
      if (!e.is(Errno.EACCES)) {
        throw e;
      }
      return inFile(elf, folder);
    }
  }

  private static Fd inMemory(byte[] elf) throws IOException {
    Fd memory = executableMemory();
    try {
      OpenFiles.writeFully(memory, elf, "the launcher");
      var calls = LaunchCalls.get();
      Syscalls.check(calls.fchmod(memory.number(), EXECUTABLE), "make the launcher executable");
      Syscalls.check(
          calls.fcntl(
              memory.number(),
              F_ADD_SEALS,
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
          "seal the launcher");
      return memory;
    } catch (IOException e) {
      memory.close();
      throw e;
    }
  }

  private static Fd executableMemory() throws SyscallException {
    try {
      return OpenFiles.memfd("sandjar-launcher", MFD_ALLOW_SEALING | MFD_EXEC);
    } catch (SyscallException e) {
      if (!e.is(Errno.EINVAL)) {
        throw e;
      }
      // Before Linux 6.3 every memfd is executable, and the flag is unknown.
      return OpenFiles.memfd("sandjar-launcher", MFD_ALLOW_SEALING);
    }
  }

  /** The file has no name any more when this returns, and no descriptor that can write to it. */
  static Fd inFile(byte[] elf, Path folder) throws IOException {
    Path file = java.nio.file.Files.createTempFile(folder, ".launcher", "");
    try {
      java.nio.file.Files.write(file, elf);
      Fd open = OpenFiles.open(file, OpenFiles.O_RDONLY);
      Syscalls.check(
          LaunchCalls.get().fchmod(open.number(), EXECUTABLE), "make %s executable", file);
      return open;
    } finally {
      java.nio.file.Files.delete(file);
    }
  }
}

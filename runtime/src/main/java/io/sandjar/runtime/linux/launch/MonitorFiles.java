package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.OpenFiles;
import java.util.ArrayList;
import java.util.List;

/**
 * The files over which a daemon and a monitor talk. Both hold them, so that a later daemon can have
 * them back.
 *
 * @param gate a container starts when this eventfd is written to
 * @param status the reading end of what its programs tell
 * @param exited an eventfd that is readable once the exit file is written
 * @param closeStdin an eventfd that has the monitor close its end of stdin
 * @param end an eventfd that ends the monitor
 */
record MonitorFiles(Fd gate, Fd status, Fd exited, Fd closeStdin, Fd end) implements AutoCloseable {

  static MonitorFiles create(Fd status) throws SyscallException {
    List<Fd> opened = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        opened.add(OpenFiles.eventfd());
      }
    } catch (SyscallException e) {
      opened.forEach(Fd::close);
      throw e;
    }
    return new MonitorFiles(opened.get(0), status, opened.get(1), opened.get(2), opened.get(3));
  }

  List<Fd> all() {
    return List.of(gate, status, exited, closeStdin, end);
  }

  @Override
  public void close() {
    all().forEach(Fd::close);
  }
}

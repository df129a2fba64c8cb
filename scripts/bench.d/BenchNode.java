package bench;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;

/** A network namespace that stands for a machine: what runs on it meets nothing of this one. */
public final class BenchNode implements AutoCloseable {
  private final NetworkNamespace namespace;

  public BenchNode() throws IOException {
    namespace = NetworkNamespace.create();
    try (var rtnl = Rtnl.in(namespace)) {
      rtnl.setLink(LinkChange.of("lo").up(true));
    }
  }

  /** Does something there, with the sockets that it opens and the processes that it starts. */
  public <T> T call(NetworkNamespace.Inside<T> work) throws IOException {
    return namespace.call(work);
  }

  /**
   * A process starts in the network namespace of the thread that makes it. Its session is its own:
   * Ctrl-C is for this process alone, which then ends it in order.
   */
  public Process start(ProcessBuilder builder) throws IOException {
    builder.command().add(0, "setsid");
    return call(builder::start);
  }

  /** Runs a tool there to its end. */
  void run(String... command) throws IOException {
    call(
        () -> {
          Tool.run(command);
          return null;
        });
  }

  @Override
  public void close() {
    namespace.close();
  }
}

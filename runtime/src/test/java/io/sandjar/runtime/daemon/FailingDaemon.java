package io.sandjar.runtime.daemon;

import io.sandjar.runtime.Build;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A real daemon whose failpoints a test commands through files. */
final class FailingDaemon {

  private FailingDaemon() {}

  public static void main(String[] arguments) throws Exception {
    Config config = Flags.parse(List.of(arguments)).config();
    DaemonLogs.install(config.logLevel().level());
    Daemon.start(config, Build.current(), new FileFailpoints(config.root().getParent()));
    new CountDownLatch(1).await();
  }
}

package io.sandjar.runtime.daemon;

import io.sandjar.runtime.Build;
import io.sandjar.runtime.daemon.doctor.Doctor;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The daemon's process: flags in, signals out. */
public final class Main {
  private static final String LOG_MANAGER = DaemonLogs.UntilTheEnd.class.getName();

  /** How long a stop waits for a start that is under way. */
  private static final long START_SECONDS = 10;

  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private Main() {}

  /** Runs until a signal ends the process. */
  public static void main(String[] arguments) throws InterruptedException {
    System.setProperty("java.util.logging.manager", LOG_MANAGER);
    // The JDK would not show a proxy its password, written by the node's administrator, for HTTPS.
    System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) throws InterruptedException {
    Config config;
    Flags flags;
    try {
      flags = Flags.parse(arguments);
      if (flags.task() == Flags.Task.HELP) {
        System.out.print(Flags.USAGE);
        return OK;
      }
      config = flags.config();
    } catch (ConfigException e) {
      System.err.println("sandjar daemon: " + e.getMessage());
      return MISUSED;
    }
    if (flags.task() == Flags.Task.CHECK) {
      return Doctor.ofMachine(config).print(System.out) ? OK : FAILED;
    }
    DaemonLogs.install(config.logLevel().level());
    ServerClasses.loadBeside();
    var log = System.getLogger(Main.class.getName());
    try {
      if (flags.task() == Flags.Task.RESET) {
        new Reset(config).run();
      } else {
        serve(config, new ServiceNotifier(System.getenv("NOTIFY_SOCKET")), log);
      }
      return OK;
    } catch (ConfigException e) {
      System.err.println("sandjar daemon: " + e.getMessage());
      return MISUSED;
    } catch (IOException e) {
      System.err.println("sandjar daemon: " + e.getMessage());
      return FAILED;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | LinkageError e) {
      log.log(Level.ERROR, "the daemon cannot start", e);
      return FAILED;
    }
  }

  /** Serves until SIGTERM or SIGINT; both leave containers as they are. */
  private static void serve(Config config, ServiceNotifier manager, System.Logger log)
      throws Exception {
    var started = new CompletableFuture<Daemon>();
    // Before the start, whose sockets answer before its end: what they serve must be closed too.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started, manager, log), "shutdown"));
    try {
      started.complete(Daemon.start(config, Build.current()));
    } catch (Exception | LinkageError e) {
      started.completeExceptionally(e);
      throw e;
    }
    manager.ready();
    new CountDownLatch(1).await();
  }

  private static void stop(
      CompletableFuture<Daemon> started, ServiceNotifier manager, System.Logger log) {
    if (started.isCompletedExceptionally()) {
      return;
    }
    log.log(Level.INFO, "stopping; containers are left running");
    manager.stopping();
    try {
      started.get(START_SECONDS, TimeUnit.SECONDS).close();
    } catch (ExecutionException closedItself) {
      return;
    } catch (TimeoutException | InterruptedException e) {
      log.log(Level.WARNING, "the start has not ended: stopping in its middle");
    }
    // A stop that was asked for is a success, where the JVM would report the signal.
    Runtime.getRuntime().halt(OK);
  }
}

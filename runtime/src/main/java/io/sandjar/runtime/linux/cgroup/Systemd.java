package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;

/** Asks systemd for units, over the system bus, and waits for its jobs to end. */
final class Systemd implements AutoCloseable {
  private static final String SERVICE = "org.freedesktop.systemd1";
  private static final String OBJECT = "/org/freedesktop/systemd1";
  private static final String REPLACE = "replace";
  private static final long JOB_SECONDS = 30;

  private final Map<String, CompletableFuture<String>> jobs = new ConcurrentHashMap<>();
  private DBusConnection connection;
  private SystemdManager manager;
  private AutoCloseable jobSignals;

  /** Whether systemd is what runs this machine, as sd_booted(3) tells. */
  static boolean booted() {
    return Files.isDirectory(Path.of("/run/systemd/system"));
  }

  /** Starts a transient unit and waits until it is active. */
  void start(String unit, List<SystemdManager.Property> properties) throws IOException {
    job(
        "start " + unit,
        unit,
        systemd -> systemd.StartTransientUnit(unit, REPLACE, properties, List.of()));
  }

  /** Stops a unit and waits until it is gone. */
  void stop(String unit) throws IOException {
    job("stop " + unit, unit, systemd -> systemd.StopUnit(unit, REPLACE));
  }

  /** A unit that failed stays loaded, and blocks its name, until it is reset. */
  void forget(String unit) throws IOException {
    call("reset " + unit, systemd -> systemd.ResetFailedUnit(unit));
  }

  void set(String unit, List<SystemdManager.Property> properties) throws IOException {
    call("set properties of " + unit, systemd -> systemd.SetUnitProperties(unit, true, properties));
  }

  private void job(String tried, String unit, Call call) throws IOException {
    // Known before the call is made: the signal may overtake the answer.
    CompletableFuture<String> ended = new CompletableFuture<>();
    jobs.put(unit, ended);
    try {
      call(tried, call);
      String result = ended.get(JOB_SECONDS, TimeUnit.SECONDS);
      if (!result.equals("done")) {
        throw new IOException(
            "systemd: "
                + tried
                + ": the job ended as \""
                + result
                + "\"; see journalctl -u "
                + unit);
      }
    } catch (TimeoutException e) {
      throw new IOException(
          "systemd: " + tried + ": the job did not end in " + JOB_SECONDS + " s", e);
    } catch (ExecutionException e) {
      throw new IOException("systemd: " + tried, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("systemd: " + tried + ": interrupted", e);
    } finally {
      jobs.remove(unit, ended);
    }
  }

  /** The library keeps an error's text and loses its name, so callers look at what is there. */
  private void call(String tried, Call call) throws IOException {
    try {
      call.on(manager());
    } catch (DBusExecutionException e) {
      throw new IOException("systemd: " + tried + ": " + e.getMessage(), e);
    }
  }

  /** Connected when it is needed, and again after the bus was restarted. */
  private synchronized SystemdManager manager() throws IOException {
    if (connection != null && connection.isConnected()) {
      return manager;
    }
    try {
      connection = DBusConnectionBuilder.forSystemBus().withShared(false).build();
      manager = connection.getRemoteObject(SERVICE, OBJECT, SystemdManager.class);
      // Never closed: it lives as long as the connection.
      jobSignals = connection.addSigHandler(SystemdManager.JobRemoved.class, this::ended);
      manager.Subscribe();
      return manager;
    } catch (DBusException | DBusExecutionException e) {
      throw new IOException(
          "connect to systemd over the system bus: "
              + e.getMessage()
              + "; is dbus running? Without systemd use the cgroupfs driver",
          e);
    }
  }

  private void ended(SystemdManager.JobRemoved signal) {
    CompletableFuture<String> waiting = jobs.get(signal.unit);
    if (waiting != null) {
      waiting.complete(signal.result);
    }
  }

  @Override
  public synchronized void close() {
    if (connection != null) {
      connection.disconnect();
      connection = null;
      jobSignals = null;
    }
  }

  /** A call of the manager. */
  private interface Call {
    void on(SystemdManager manager);
  }
}

package io.sandjar.runtime.daemon;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/** java.util.logging as the daemon wants it: lines to stderr, until the last moment. */
public final class DaemonLogs {
  /** Held, since the log manager holds loggers only weakly. */
  private static final Logger OWN = Logger.getLogger("io.sandjar");

  private DaemonLogs() {}

  static void install(System.Logger.Level least) {
    var root = Logger.getLogger("");
    root.addHandler(new Stderr());
    // The libraries' debug lines would drown the daemon's own, which are what is asked for.
    root.setLevel(least == System.Logger.Level.ERROR ? Level.SEVERE : Level.WARNING);
    OWN.setLevel(julLevel(least));
    // Netty would take SLF4J where some library brings it.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private static Level julLevel(System.Logger.Level level) {
    return switch (level) {
      case ALL -> Level.ALL;
      case TRACE -> Level.FINER;
      case DEBUG -> Level.FINE;
      case INFO -> Level.INFO;
      case WARNING -> Level.WARNING;
      case ERROR -> Level.SEVERE;
      case OFF -> Level.OFF;
    };
  }

  /** Flushes each line, so that the last one before a crash is there. */
  private static final class Stderr extends StreamHandler {
    Stderr() {
      super(System.err, new LogLine());
      setLevel(Level.ALL);
    }

    @Override
    public synchronized void publish(LogRecord event) {
      super.publish(event);
      flush();
    }
  }

  /**
   * Reads no file, and keeps the handlers at shutdown: the JDK's own manager closes them in a hook
   * that races with the daemon's last words. Named in a system property before anything logs.
   */
  public static final class UntilTheEnd extends LogManager {
    public UntilTheEnd() {}

    @Override
    public void readConfiguration() {}

    @Override
    public void reset() {}
  }
}

package bench;

import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.cri.CriClient;
import java.util.ArrayList;

/**
 * How long the daemon takes from exec to its first answer over CRI, and what memory it holds idle.
 */
public final class Start {
  private static final double ANSWER_BUDGET_MS = 1000;
  private static final double MEMORY_BUDGET_MIB = 110;

  /** After this, what the start left behind has been collected and idle is idle. */
  private static final long SETTLE_MILLIS = 3000;

  private Start() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs");
    var listening = new ArrayList<Double>();
    var answered = new ArrayList<Double>();
    var processor = new ArrayList<Double>();
    var memory = new ArrayList<Double>();
    rehearse();
    for (int run = 0; run < arguments.number("runs", 10); run++) {
      try (var node = new BenchNode();
          var daemon = BenchDaemon.launch(node)) {
        daemon.awaitListening();
        listening.add(daemon.millisSinceStart());
        try (var caller = new CriClient(daemon.criSocket())) {
          caller.runtime().version(VersionRequest.getDefaultInstance());
          answered.add(daemon.millisSinceStart());
          processor.add(daemon.cpuMillis());
        }
        Thread.sleep(SETTLE_MILLIS);
        memory.add(daemon.pssMiB());
      }
    }
    new Report("start")
        .row("exec to a listening socket", "ms", new Samples(listening))
        .row("exec to the first answer", "ms", new Samples(answered), ANSWER_BUDGET_MS)
        .row("processor time until then", "ms", new Samples(processor))
        .row("idle memory (PSS)", "MiB", new Samples(memory), MEMORY_BUDGET_MIB)
        .finish(arguments.json());
  }

  /** Loads the client's own classes, whose time is not the daemon's. */
  private static void rehearse() throws Exception {
    try (var node = new BenchNode();
        var daemon = BenchDaemon.launch(node)) {
      daemon.awaitListening();
      try (var caller = new CriClient(daemon.criSocket())) {
        caller.runtime().version(VersionRequest.getDefaultInstance());
      }
    }
  }
}

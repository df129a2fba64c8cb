package io.sandjar.runtime.pod.probe;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The container that is probed. */
public interface ProbeTarget {

  /** The pod's address, for checks over the network. */
  String address();

  /** Runs a command in the container, and kills it when the time is over. */
  CompletionStage<ProbeOutcome> exec(List<String> command, Duration timeout);
}

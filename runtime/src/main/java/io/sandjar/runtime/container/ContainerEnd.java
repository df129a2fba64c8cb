package io.sandjar.runtime.container;

import java.time.Instant;
import java.util.Optional;

/**
 * How a container ended. Kept where a reboot does not take it: whether a job ran to its end must be
 * known afterwards.
 *
 * @param startedAt empty where it never ran
 * @param reason one CamelCase word, as Kubernetes shows it
 * @param message for people; mostly empty
 */
public record ContainerEnd(
    Optional<Instant> startedAt, Instant finishedAt, int exitCode, String reason, String message) {
  public static final String COMPLETED = "Completed";
  public static final String ERROR = "Error";
  public static final String OOM_KILLED = "OOMKilled";
  public static final String UNKNOWN = "Unknown";

  /** It could not be started, and not because of its command. */
  public static final String START_ERROR = "StartError";

  /** Its command cannot be run. */
  public static final String CANNOT_RUN = "ContainerCannotRun";

  static final int UNKNOWN_EXIT_CODE = 255;
}

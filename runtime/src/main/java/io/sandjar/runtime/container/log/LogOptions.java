package io.sandjar.runtime.container.log;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What of a log a reader wants, as {@code kubectl logs} has it.
 *
 * @param follow go on when the end is reached, until the container has ended
 * @param tail only so many of the last records
 * @param since only records from then on
 * @param timestamps the time before each line
 * @param limitBytes end after so many bytes of output
 * @param stream only this stream
 */
public record LogOptions(
    boolean follow,
    OptionalLong tail,
    Optional<Instant> since,
    boolean timestamps,
    OptionalLong limitBytes,
    Optional<StdStream> stream) {

  /** All that is there, as the container wrote it. */
  public static final LogOptions WHOLE =
      new LogOptions(
          false,
          OptionalLong.empty(),
          Optional.empty(),
          false,
          OptionalLong.empty(),
          Optional.empty());

  public LogOptions {
    if (tail.isPresent() && tail.getAsLong() < 0) {
      throw new IllegalArgumentException("tailLines must be 0 or more: " + tail.getAsLong());
    }
    if (limitBytes.isPresent() && limitBytes.getAsLong() < 1) {
      throw new IllegalArgumentException("limitBytes must be 1 or more: " + limitBytes.getAsLong());
    }
  }
}

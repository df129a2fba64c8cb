package io.sandjar.runtime.container;

/** What a command in a container came to. */
public record ExecOutcome(int exitCode, byte[] stdout, byte[] stderr) {

  public ExecOutcome {
    stdout = stdout.clone();
    stderr = stderr.clone();
  }

  @Override
  public byte[] stdout() {
    return stdout.clone();
  }

  @Override
  public byte[] stderr() {
    return stderr.clone();
  }
}

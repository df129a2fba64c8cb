package io.sandjar.runtime.container;

/**
 * What a command in a container came to.
 *
 * @param stdout nobody else's: it may be large, so it is not copied
 * @param stderr likewise
 */
public record ExecOutcome(int exitCode, byte[] stdout, byte[] stderr) {}

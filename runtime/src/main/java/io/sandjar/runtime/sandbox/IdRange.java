package io.sandjar.runtime.sandbox;

/** A range of ids inside a user namespace and the range of the host's ids that it stands for. */
public record IdRange(long containerId, long hostId, long length) {}

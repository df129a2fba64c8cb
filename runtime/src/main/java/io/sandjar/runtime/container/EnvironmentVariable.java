package io.sandjar.runtime.container;

/** One variable of a container's environment. */
public record EnvironmentVariable(String name, String value) {}

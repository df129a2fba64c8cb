package io.sandjar.runtime.sandbox;

/** The parts of an SELinux context; empty where the policy's default shall apply. */
public record SelinuxLabel(String user, String role, String type, String level) {}

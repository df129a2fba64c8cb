package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Rlimit;

/** One limit of setrlimit(2). */
public record ResourceLimit(Rlimit kind, long soft, long hard) {}

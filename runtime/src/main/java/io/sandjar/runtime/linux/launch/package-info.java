/**
 * Starts processes in any combination of namespaces: programs of syscalls that Java composes, and a
 * tiny launcher that runs them.
 */
package io.sandjar.runtime.linux.launch;

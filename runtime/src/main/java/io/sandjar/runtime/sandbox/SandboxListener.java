package io.sandjar.runtime.sandbox;

/** Is told what becomes of sandboxes without anybody's asking for it elsewhere. */
public interface SandboxListener {
  /** Containers can be made in it from now on. */
  void ready(Sandbox sandbox);

  /** The process that held its namespaces ended by itself. */
  void ended(Sandbox sandbox);
}

package io.sandjar.runtime.cri;

/** RPCs that belong together: checks their requests, calls the engine, maps its answers. */
public interface RpcFamily {

  /** Binds each RPC of the family to the method that answers it. */
  void bind(Rpcs rpcs);
}

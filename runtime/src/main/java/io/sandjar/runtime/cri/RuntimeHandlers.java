package io.sandjar.runtime.cri;

/** The runtime handlers that a request may name: each is this one engine, with the same images. */
final class RuntimeHandlers {
  /** The name under which a RuntimeClass may ask for the default handler. */
  private static final String HANDLER = "sandjar";

  private RuntimeHandlers() {}

  static void check(String field, String handler) {
    if (!handler.isEmpty() && !handler.equals(HANDLER)) {
      throw Fields.invalid(
          field, "no handler \"" + handler + "\"; there is the default one and " + HANDLER);
    }
  }
}

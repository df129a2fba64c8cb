package io.sandjar.runtime.stream;

/**
 * A remote command's client, whatever the wire between: its channels and how to be done with it.
 */
interface ClientStreams {

  /** Asked for only if the client said that it wants to write. */
  ByteSource stdin();

  ByteSink stdout();

  ByteSink stderr();

  /** How the command ended. */
  ByteSink error();

  /** The terminal sizes, as {@link ResizeMessages} reads them. Ends at once if there are none. */
  ByteSource resize();

  /** Everything has been written: the connection ends once that has arrived. */
  void finish();
}

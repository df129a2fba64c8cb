package io.sandjar.runtime.api;

/** Answers a request; runs on a thread that may block. What it throws becomes a Status object. */
@FunctionalInterface
public interface Handler {
  Response handle(Request request) throws Exception;
}

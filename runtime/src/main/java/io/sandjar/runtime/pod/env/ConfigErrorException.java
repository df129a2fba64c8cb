package io.sandjar.runtime.pod.env;

/** A container's configuration names what is not there: the pod waits until it is. */
public final class ConfigErrorException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigErrorException(String message) {
    super(message);
  }
}

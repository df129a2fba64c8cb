package io.sandjar.runtime.state;

/**
 * Named points between two steps where a test lets the engine fail or die; nothing happens at them
 * otherwise.
 */
@FunctionalInterface
public interface Failpoints {
  /** What every engine outside a test is given. */
  Failpoints OFF = name -> {};

  /** Called when the point is passed; may throw, or never return. */
  void pass(String name);
}

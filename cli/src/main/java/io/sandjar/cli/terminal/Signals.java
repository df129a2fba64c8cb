package io.sandjar.cli.terminal;

import java.lang.reflect.Proxy;

/**
 * What happens on a signal while something is open. The JDK's only way to a signal is
 * sun.misc.Signal, which the compiler hides behind --release: hence by reflection.
 */
public final class Signals implements AutoCloseable {
  private final Object signal;
  private final Object before;

  private Signals(Object signal, Object before) {
    this.signal = signal;
    this.before = before;
  }

  /**
   * @param name without SIG, such as {@code WINCH}
   */
  public static Signals on(String name, Runnable action) {
    try {
      var handler = Class.forName("sun.misc.SignalHandler");
      var signal = Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
      var proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      return new Signals(signal, handle(signal, proxy));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM does not let SIG" + name + " be handled", e);
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    return signal
        .getClass()
        .getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"))
        .invoke(null, signal, handler);
  }

  @Override
  public void close() {
    try {
      handle(signal, before);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("restore the handler of " + signal, e);
    }
  }
}

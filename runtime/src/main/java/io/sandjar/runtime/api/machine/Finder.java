package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds the sandbox or container that a person means: by name, or by id or its beginning. A sandbox
 * is NAME or NAMESPACE/NAME; a container is NAME, POD/NAME, or POD where the pod has only one.
 */
public final class Finder {
  private static final String DEFAULT_NAMESPACE = "default";

  private final PodEngine engine;

  public Finder(PodEngine engine) {
    this.engine = engine;
  }

  public Sandbox sandbox(String word) {
    List<Sandbox> named = sandboxesNamed(word);
    return named.isEmpty() ? engine.sandboxes().get(word) : only("sandbox", word, named);
  }

  /** Those that are up win over those that were: a pod that was made anew has its old one too. */
  private List<Sandbox> sandboxesNamed(String word) {
    List<Sandbox> named =
        engine.sandboxes().list().stream().filter(sandbox -> isNamed(sandbox, word)).toList();
    List<Sandbox> ready = named.stream().filter(Sandbox::isReady).toList();
    return ready.isEmpty() ? named : ready;
  }

  private static boolean isNamed(Sandbox sandbox, String word) {
    String name = sandbox.spec().name().name();
    return word.equals(name) || word.equals(sandbox.spec().name().namespace() + "/" + name);
  }

  private static Sandbox only(String what, String word, List<Sandbox> found) {
    if (found.size() == 1) {
      return found.get(0);
    }
    List<Sandbox> usual =
        found.stream()
            .filter(sandbox -> sandbox.spec().name().namespace().equals(DEFAULT_NAMESPACE))
            .toList();
    if (usual.size() == 1) {
      return usual.get(0);
    }
    throw ambiguous(
        what,
        word,
        found,
        sandbox ->
            sandbox.spec().name().namespace()
                + "/"
                + sandbox.spec().name().name()
                + " "
                + shortId(sandbox.id()));
  }

  public Container container(String word) {
    List<Container> named = current(containersNamed(word));
    if (named.isEmpty()) {
      return engine.containers().get(word);
    }
    if (named.size() > 1) {
      throw ambiguous(
          "container",
          word,
          named,
          each ->
              each.record().pod().name()
                  + "/"
                  + each.spec().name().name()
                  + " "
                  + shortId(each.id()));
    }
    return named.get(0);
  }

  private List<Container> containersNamed(String word) {
    int slash = word.lastIndexOf('/');
    List<Container> all = engine.containers().list();
    if (slash >= 0 && !sandboxesNamed(word.substring(0, slash)).isEmpty()) {
      String id = sandbox(word.substring(0, slash)).id();
      return all.stream()
          .filter(each -> each.sandboxId().equals(id))
          .filter(each -> each.spec().name().name().equals(word.substring(slash + 1)))
          .toList();
    }
    List<Container> named =
        all.stream().filter(each -> each.spec().name().name().equals(word)).toList();
    if (!named.isEmpty() || sandboxesNamed(word).isEmpty()) {
      return named;
    }
    String id = sandbox(word).id();
    return all.stream().filter(each -> each.sandboxId().equals(id)).toList();
  }

  /** Of several attempts of one container, the one that is not over. */
  private static List<Container> current(List<Container> named) {
    List<Container> living =
        named.stream().filter(each -> each.state() != Container.State.EXITED).toList();
    return living.isEmpty() ? named : living;
  }

  private static <T> EngineException ambiguous(
      String what, String word, List<T> found, Function<T, String> shown) {
    return new EngineException(
        Kind.INVALID_ARGUMENT,
        "\""
            + word
            + "\" names "
            + found.size()
            + " of them; give the id of the "
            + what
            + ": "
            + found.stream().map(shown).collect(Collectors.joining(", ")));
  }

  private static String shortId(String id) {
    return id.substring(0, Math.min(13, id.length()));
  }
}

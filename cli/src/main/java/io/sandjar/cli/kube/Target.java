package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a command is to work on: one object, or all of a type.
 *
 * @param name empty for all
 * @param where as a manifest says it; empty where the command's options do
 */
public record Target(ResourceType type, Optional<String> name, Optional<Namespaced> where) {

  private Target(ResourceType type, Optional<String> name) {
    this(type, name, Optional.empty());
  }

  /** The object of a manifest. */
  public static Target of(ObjectRef object) {
    return new Target(object.type(), Optional.of(object.name()), Optional.of(object.where()));
  }

  /** Reads {@code pods}, {@code pod NAME...}, {@code pod/NAME...} and {@code pods,configmaps}. */
  public static List<Target> parse(List<String> words) {
    if (words.isEmpty()) {
      throw new CommandException(
          "a resource type is needed, such as pods, or a type and a name, such as pod/NAME");
    }
    var targets = new ArrayList<Target>();
    if (words.get(0).contains("/")) {
      for (var word : words) {
        int slash = word.indexOf('/');
        if (slash < 0 || slash == word.length() - 1) {
          throw new CommandException("TYPE/NAME is needed, and there is \"" + word + "\"");
        }
        targets.add(
            new Target(
                ResourceType.named(word.substring(0, slash)),
                Optional.of(word.substring(slash + 1))));
      }
      return targets;
    }
    for (var type : words.get(0).split(",")) {
      // As with kubectl, "all" is what runs; settings and secrets are asked for by name.
      var resource = type.equals("all") ? ResourceType.POD : ResourceType.named(type);
      if (words.size() == 1) {
        targets.add(new Target(resource, Optional.empty()));
      }
      for (var name : words.subList(1, words.size())) {
        targets.add(new Target(resource, Optional.of(name)));
      }
    }
    return targets;
  }
}

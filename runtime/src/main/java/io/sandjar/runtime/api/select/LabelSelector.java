package io.sandjar.runtime.api.select;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.pod.schema.Format;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A label selector as kubectl's {@code -l} takes it: {@code a=b}, {@code a==b}, {@code a!=b},
 * {@code a in (b,c)}, {@code a notin (b,c)}, {@code a>1}, {@code a<1}, {@code a}, {@code !a},
 * joined by commas.
 */
public final class LabelSelector implements Predicate<Map<String, String>> {
  private static final Pattern SET =
      Pattern.compile("(\\S+)\\s+(in|notin)\\s*\\(([^()]*)\\)", Pattern.CASE_INSENSITIVE);
  private static final Pattern EQUALITY =
      Pattern.compile("([^=!<>\\s]+)\\s*(==|=|!=)\\s*([^=!\\s]*)");
  private static final Pattern SIZE = Pattern.compile("([^=!<>\\s]+)\\s*([<>])\\s*(-?\\d{1,18})");
  private static final Pattern EXISTENCE = Pattern.compile("(!?)\\s*([^=!<>\\s()]+)");

  private final List<Predicate<Map<String, String>>> requirements;

  private LabelSelector(List<Predicate<Map<String, String>>> requirements) {
    this.requirements = requirements;
  }

  public static LabelSelector parse(String text) {
    var requirements = new ArrayList<Predicate<Map<String, String>>>();
    for (String term : terms(text)) {
      requirements.add(requirement(term.strip()));
    }
    return new LabelSelector(requirements);
  }

  @Override
  public boolean test(Map<String, String> labels) {
    return requirements.stream().allMatch(requirement -> requirement.test(labels));
  }

  /** Splits at the commas that do not stand in parentheses. */
  private static List<String> terms(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    var terms = new ArrayList<String>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        terms.add(text.substring(start, i));
        start = i + 1;
      }
    }
    terms.add(text.substring(start));
    return terms;
  }

  private static Predicate<Map<String, String>> requirement(String term) {
    Matcher set = SET.matcher(term);
    if (set.matches()) {
      String key = key(set.group(1), term);
      Set<String> values =
          Arrays.stream(set.group(3).split(",", -1))
              .map(String::strip)
              .map(value -> value(value, term))
              .collect(Collectors.toSet());
      return set.group(2).equalsIgnoreCase("in")
          ? labels -> labels.containsKey(key) && values.contains(labels.get(key))
          : labels -> !labels.containsKey(key) || !values.contains(labels.get(key));
    }
    Matcher equality = EQUALITY.matcher(term);
    if (equality.matches()) {
      String key = key(equality.group(1), term);
      String value = value(equality.group(3), term);
      return equality.group(2).equals("!=")
          ? labels -> !value.equals(labels.get(key))
          : labels -> value.equals(labels.get(key));
    }
    Matcher size = SIZE.matcher(term);
    if (size.matches()) {
      String key = key(size.group(1), term);
      long bound = Long.parseLong(size.group(3));
      int side = size.group(2).equals(">") ? 1 : -1;
      return labels -> {
        String value = labels.getOrDefault(key, "");
        return value.matches("-?\\d{1,18}") && Long.compare(Long.parseLong(value), bound) == side;
      };
    }
    Matcher existence = EXISTENCE.matcher(term);
    if (existence.matches()) {
      String key = key(existence.group(2), term);
      return existence.group(1).isEmpty()
          ? labels -> labels.containsKey(key)
          : labels -> !labels.containsKey(key);
    }
    throw malformed(term, "expected key, !key, key=value, key!=value or key in (values)");
  }

  private static String key(String key, String term) {
    Format.qualifiedName(key)
        .ifPresent(
            why -> {
              throw malformed(term, "key \"" + key + "\": " + why);
            });
    return key;
  }

  private static String value(String value, String term) {
    Format.labelValue(value)
        .ifPresent(
            why -> {
              throw malformed(term, "value \"" + value + "\": " + why);
            });
    return value;
  }

  private static EngineException malformed(String term, String why) {
    return new EngineException(
        Kind.INVALID_ARGUMENT, "unable to parse label selector \"" + term + "\": " + why);
  }
}

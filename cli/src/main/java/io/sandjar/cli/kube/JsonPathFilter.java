package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A JSONPath filter's condition: {@code @.type=="Ready"}, {@code @.count>3} or {@code @.name}. */
final class JsonPathFilter implements Predicate<Object> {
  private static final Pattern COMPARISON =
      Pattern.compile("(.+?)\\s*(==|!=|<=|>=|<|>)\\s*(.+)", Pattern.DOTALL);

  private final String left;
  private final String operator;
  private final String right;

  JsonPathFilter(String condition) {
    var comparison = COMPARISON.matcher(condition.trim());
    boolean compares = comparison.matches();
    left = compares ? comparison.group(1) : condition.trim();
    operator = compares ? comparison.group(2) : "";
    right = compares ? comparison.group(3) : "";
    if (!left.startsWith("@")) {
      throw new CommandException(
          "the filter ?(" + condition + ") must ask for a value below @, such as @.name");
    }
  }

  @Override
  public boolean test(Object value) {
    var found = new JsonPath(left).values(value);
    if (operator.isEmpty() || found.isEmpty()) {
      return !found.isEmpty();
    }
    var expected = operand(value);
    if (expected.isEmpty()) {
      return false;
    }
    int order = compare(found.get(0), expected.get(0));
    return switch (operator) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  private List<Object> operand(Object value) {
    if (right.startsWith("@")) {
      return new JsonPath(right).values(value);
    }
    return List.of(right.matches("'.*'|\".*\"") ? right.substring(1, right.length() - 1) : right);
  }

  private static int compare(Object found, Object expected) {
    if (found instanceof Number number) {
      try {
        return Double.compare(number.doubleValue(), Double.parseDouble(expected.toString()));
      } catch (NumberFormatException noNumber) {
        return -1;
      }
    }
    return found.toString().compareTo(expected.toString());
  }
}

package io.sandjar.runtime.pod.schema;

import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** A rule that a string (or every key or value of a map) must keep, with the API server's words. */
public enum Format {
  LABEL("label", Format::dnsLabel),
  SUBDOMAIN("subdomain", Format::subdomain),
  PORT_NAME("portName", Format::portName),
  PORT_OR_NAME("portOrName", value -> portOrName(value)),
  ENV_NAME("envName", Format::environmentName),
  HEADER_NAME("headerName", value -> matches(value, HeaderName.PATTERN, HeaderName.RULE)),
  IP("ip", Format::ipAddress),
  LOCAL_PATH("localPath", Format::localPath),
  SYSCTL("sysctl", value -> matches(value, Sysctl.PATTERN, Sysctl.RULE)),
  /** Keys are qualified names, values are label values. */
  LABELS("labels", value -> Optional.empty()),
  /** Keys are qualified names, values are free. */
  ANNOTATIONS("annotations", value -> Optional.empty()),
  /** Keys are resource names. */
  RESOURCES("resources", value -> Optional.empty()),
  /** Keys are file names. */
  CONFIG_KEYS("configKeys", value -> Optional.empty());

  private static final String DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern LABEL_PATTERN = Pattern.compile(DNS_LABEL);
  private static final Pattern SUBDOMAIN_PATTERN =
      Pattern.compile(DNS_LABEL + "(\\." + DNS_LABEL + ")*");
  private static final Pattern QUALIFIED_NAME =
      Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final Pattern CONFIG_KEY = Pattern.compile("[-._a-zA-Z0-9]+");
  private static final Pattern PORT_NAME_PATTERN = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final Pattern IPV4 =
      Pattern.compile(
          "((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)");
  private static final Pattern IPV6_SHAPE =
      Pattern.compile("(?=.*:.*:)[0-9a-fA-F:]+(\\d+\\.\\d+\\.\\d+\\.\\d+)?");

  private final String word;
  private final Function<String, Optional<String>> rule;

  Format(String word, Function<String, Optional<String>> rule) {
    this.word = word;
    this.rule = rule;
  }

  static Format named(String word) {
    for (Format format : values()) {
      if (format.word.equals(word)) {
        return format;
      }
    }
    throw new IllegalArgumentException("unknown format " + word);
  }

  /** What is wrong with the string, if anything. */
  public Optional<String> problemOf(String value) {
    return rule.apply(value);
  }

  /** What is wrong with a map's key, if anything. */
  public Optional<String> problemOfKey(String key) {
    return switch (this) {
      case LABELS, ANNOTATIONS, RESOURCES -> qualifiedName(key);
      case CONFIG_KEYS ->
          key.length() > 253
              ? Optional.of("must be no more than 253 characters")
              : key.equals(".") || key.startsWith("..")
                  ? Optional.of("must not be '.' or start with '..'")
                  : matches(
                      key,
                      CONFIG_KEY,
                      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'");
      default -> Optional.empty();
    };
  }

  /** What is wrong with a map's value, if anything. */
  public Optional<String> problemOfValue(String value) {
    return this == LABELS ? labelValue(value) : Optional.empty();
  }

  /** What is wrong with a label's value, if anything; the empty one is right. */
  public static Optional<String> labelValue(String value) {
    if (value.length() > 63) {
      return Optional.of("must be no more than 63 characters");
    }
    return value.isEmpty()
        ? Optional.empty()
        : matches(
            value,
            QUALIFIED_NAME,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_'"
                + " or '.', and must start and end with an alphanumeric character");
  }

  /** What is wrong with a key such as {@code example.com/name}, if anything. */
  public static Optional<String> qualifiedName(String key) {
    int slash = key.indexOf('/');
    if (slash == 0) {
      return Optional.of("the prefix part must be non-empty");
    }
    if (slash > 0) {
      Optional<String> prefix = subdomain(key.substring(0, slash));
      if (prefix.isPresent()) {
        return prefix.map(problem -> "prefix part " + problem);
      }
    }
    String name = key.substring(slash + 1);
    if (name.isEmpty()) {
      return Optional.of("the name part must be non-empty");
    }
    if (name.length() > 63) {
      return Optional.of("the name part must be no more than 63 characters");
    }
    return matches(
        name,
        QUALIFIED_NAME,
        "the name part must consist of alphanumeric characters, '-', '_' or '.', and must start and"
            + " end with an alphanumeric character");
  }

  private static Optional<String> dnsLabel(String value) {
    if (value.length() > 63) {
      return Optional.of("must be no more than 63 characters");
    }
    return matches(
        value,
        LABEL_PATTERN,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
            + " must start and end with an alphanumeric character");
  }

  private static Optional<String> subdomain(String value) {
    if (value.length() > 253) {
      return Optional.of("must be no more than 253 characters");
    }
    return matches(
        value,
        SUBDOMAIN_PATTERN,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
            + " '.', and must start and end with an alphanumeric character");
  }

  private static Optional<String> portName(String value) {
    if (value.length() > 15) {
      return Optional.of("must be no more than 15 characters");
    }
    if (value.contains("--")) {
      return Optional.of("must not contain consecutive hyphens");
    }
    if (!value.matches(".*[a-z].*")) {
      return Optional.of("must contain at least one letter (a-z)");
    }
    return matches(
        value,
        PORT_NAME_PATTERN,
        "must contain only lower case alphanumeric characters and hyphens, and neither start nor"
            + " end with a hyphen");
  }

  private static Optional<String> portOrName(String value) {
    if (!value.matches("-?\\d+")) {
      return portName(value);
    }
    boolean inRange = value.length() <= 5 && !value.startsWith("-") && isPort(value);
    return inRange ? Optional.empty() : Optional.of("must be between 1 and 65535, inclusive");
  }

  private static boolean isPort(String digits) {
    int port = Integer.parseInt(digits);
    return port >= 1 && port <= 65535;
  }

  private static Optional<String> environmentName(String value) {
    if (value.isEmpty() || value.contains("=")) {
      return Optional.of("must be non-empty and must not contain '='");
    }
    return value.chars().allMatch(c -> c >= 0x20 && c < 0x7f)
        ? Optional.empty()
        : Optional.of("must consist only of printable ASCII characters");
  }

  private static Optional<String> ipAddress(String value) {
    boolean valid = IPV4.matcher(value).matches() || isIpv6(value);
    return valid ? Optional.empty() : Optional.of("must be a valid IP address");
  }

  private static boolean isIpv6(String value) {
    if (!IPV6_SHAPE.matcher(value).matches()) {
      return false;
    }
    try {
      // A literal with colons is parsed, never looked up.
      java.net.InetAddress.getByName(value);
      return true;
    } catch (java.net.UnknownHostException e) {
      return false;
    }
  }

  private static Optional<String> localPath(String value) {
    if (value.startsWith("/")) {
      return Optional.of("must be a relative path");
    }
    return java.util.Arrays.asList(value.split("/")).contains("..")
        ? Optional.of("must not contain '..'")
        : Optional.empty();
  }

  private static Optional<String> matches(String value, Pattern pattern, String rule) {
    return pattern.matcher(value).matches() ? Optional.empty() : Optional.of(rule);
  }

  private static final class HeaderName {
    private static final Pattern PATTERN = Pattern.compile("[-A-Za-z0-9]+");
    private static final String RULE =
        "a valid HTTP header must consist of alphanumeric characters or '-'";
  }

  private static final class Sysctl {
    private static final Pattern PATTERN =
        Pattern.compile("[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*");
    private static final String RULE =
        "must have the form of a sysctl's name, for example net.ipv4.ip_forward";
  }
}

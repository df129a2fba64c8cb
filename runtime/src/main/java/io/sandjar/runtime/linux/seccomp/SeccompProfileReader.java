package io.sandjar.runtime.linux.seccomp;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.Capability;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads a profile's JSON: the OCI's format, or Docker's with {@code archMap} and conditions. */
final class SeccompProfileReader {
  private static final int SECCOMP_FILTER_FLAG_LOG = 1 << 1;
  private static final int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2;
  private static final BigInteger MAX_VALUE = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private SeccompProfileReader() {}

  static SeccompProfile read(String json) {
    Map<String, Object> profile = parse(json);
    if (!profile.containsKey("defaultAction")) {
      throw new SeccompProfileException("defaultAction is missing");
    }
    SeccompAction defaultAction =
        SeccompAction.of(text(profile, "defaultAction"), integer(profile, "defaultErrnoRet"));
    List<SeccompRule> rules = new ArrayList<>();
    for (Object rule : list(profile, "syscalls")) {
      rules.add(rule(map(rule, "syscalls")));
    }
    return new SeccompProfile(defaultAction, architectures(profile), rules, flags(profile));
  }

  private static Map<String, Object> parse(String json) {
    try {
      return JSON.std.mapFrom(json);
    } catch (IOException e) {
      throw new SeccompProfileException("not a JSON object: " + e.getMessage(), e);
    }
  }

  private static Set<SeccompArch> architectures(Map<String, Object> profile) {
    EnumSet<SeccompArch> arches = EnumSet.noneOf(SeccompArch.class);
    for (String name : texts(profile, "architectures")) {
      SeccompArch.ofOci(name).ifPresent(arches::add);
    }
    for (Object entry : list(profile, "archMap")) {
      Map<String, Object> arch = map(entry, "archMap");
      SeccompArch.ofOci(text(arch, "architecture")).ifPresent(arches::add);
      for (String name : texts(arch, "subArchitectures")) {
        SeccompArch.ofOci(name).ifPresent(arches::add);
      }
    }
    return arches;
  }

  /** Without any, speculation is left alone as runc does: the mitigation costs every program. */
  private static int flags(Map<String, Object> profile) {
    if (profile.get("flags") == null) {
      return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    }
    int flags = 0;
    for (String flag : texts(profile, "flags")) {
      flags |=
          switch (flag) {
            case "SECCOMP_FILTER_FLAG_LOG" -> SECCOMP_FILTER_FLAG_LOG;
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> SECCOMP_FILTER_FLAG_SPEC_ALLOW;
            // It is set by the only thread there is.
            case "SECCOMP_FILTER_FLAG_TSYNC" -> 0;
            // About the wait for an agent, which SCMP_ACT_NOTIFY is refused for.
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" -> 0;
            default -> throw new SeccompProfileException("unknown flag \"" + flag + "\"");
          };
    }
    return flags;
  }

  private static SeccompRule rule(Map<String, Object> rule) {
    List<String> names = new ArrayList<>(texts(rule, "names"));
    if (rule.get("name") instanceof String name && !name.isEmpty()) {
      names.add(name);
    }
    if (names.isEmpty()) {
      throw new SeccompProfileException("a rule of syscalls has no names");
    }
    SeccompAction action = SeccompAction.of(text(rule, "action"), integer(rule, "errnoRet"));
    List<ArgCondition> conditions = new ArrayList<>();
    for (Object condition : list(rule, "args")) {
      conditions.add(condition(map(condition, "args")));
    }
    return new SeccompRule(
        names,
        action,
        SeccompRule.alternatives(conditions),
        filter(rule, "includes"),
        filter(rule, "excludes"));
  }

  private static ArgCondition condition(Map<String, Object> condition) {
    return new ArgCondition(
        integer(condition, "index")
            .orElseThrow(() -> new SeccompProfileException("a condition of args has no index")),
        ArgCondition.Operator.ofOci(text(condition, "op")),
        unsigned(condition, "value"),
        unsigned(condition, "valueTwo"));
  }

  private static SeccompRule.Filter filter(Map<String, Object> rule, String key) {
    if (rule.get(key) == null) {
      return SeccompRule.Filter.NONE;
    }
    Map<String, Object> filter = map(rule.get(key), key);
    Set<Capability> capabilities =
        texts(filter, "caps").stream()
            .map(Capability::named)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Capability.class)));
    Optional<KernelVersion> minKernel =
        Optional.ofNullable(filter.get("minKernel"))
            .map(version -> KernelVersion.parse(version.toString()));
    return new SeccompRule.Filter(capabilities, new TreeSet<>(texts(filter, "arches")), minKernel);
  }

  private static Map<String, Object> map(Object value, String key) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .filter(entry -> entry.getValue() != null)
          .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    }
    throw new SeccompProfileException(key + " holds something that is not an object: " + value);
  }

  private static List<?> list(Map<String, Object> map, String key) {
    Object value = map.get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw new SeccompProfileException(key + " is not a list");
  }

  private static List<String> texts(Map<String, Object> map, String key) {
    return list(map, key).stream().map(Object::toString).toList();
  }

  private static String text(Map<String, Object> map, String key) {
    if (map.get(key) instanceof String text) {
      return text;
    }
    throw new SeccompProfileException(key + " is missing or not a text");
  }

  private static OptionalInt integer(Map<String, Object> map, String key) {
    Object value = map.get(key);
    if (value == null) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(new BigDecimal(value.toString()).intValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      throw new SeccompProfileException(key + " is not a number: " + value, e);
    }
  }

  /** Values go up to 2^64 - 1, which is no Java long. */
  private static long unsigned(Map<String, Object> map, String key) {
    Object value = map.getOrDefault(key, 0);
    try {
      BigInteger number = new BigDecimal(value.toString()).toBigIntegerExact();
      if (number.signum() >= 0 && number.compareTo(MAX_VALUE) <= 0) {
        return number.longValue();
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw new SeccompProfileException(key + " is not a whole number: " + value, e);
    }
    throw new SeccompProfileException(key + " does not fit into 64 bits: " + value);
  }
}

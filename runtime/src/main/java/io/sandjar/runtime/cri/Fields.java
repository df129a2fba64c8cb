package io.sandjar.runtime.cri;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import java.util.regex.Pattern;

/** Checks of single request fields; a refusal names the field and what it may hold. */
final class Fields {
  private static final Pattern HOSTNAME =
      Pattern.compile(
          "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*");

  /** uname(2): the kernel keeps no more. */
  private static final int HOST_NAME_MAX = 64;

  private Fields() {}

  static EngineException invalid(String field, String problem) {
    return new EngineException(Kind.INVALID_ARGUMENT, field + ": " + problem);
  }

  static String required(String field, String value) {
    if (value.isEmpty()) {
      throw invalid(field, "must be set");
    }
    return value;
  }

  static void require(boolean present, String field) {
    if (!present) {
      throw invalid(field, "must be set");
    }
  }

  static String absolute(String field, String path) {
    return path.isEmpty() ? path : requiredAbsolute(field, path);
  }

  static String requiredAbsolute(String field, String path) {
    if (!path.startsWith("/")) {
      throw invalid(field, '"' + path + "\" is not an absolute path");
    }
    if (path.indexOf('\0') >= 0) {
      throw invalid(field, "a path cannot hold a NUL");
    }
    return path;
  }

  /** A path below another folder: relative, and without a way out of it. */
  static String below(String field, String path) {
    if (path.startsWith("/")) {
      throw invalid(field, '"' + path + "\" must be relative");
    }
    for (String name : path.split("/")) {
      if (name.equals("..")) {
        throw invalid(field, '"' + path + "\" must not contain ..");
      }
    }
    return path;
  }

  static String hostname(String field, String name) {
    if (name.length() > HOST_NAME_MAX) {
      throw invalid(field, "longer than " + HOST_NAME_MAX + " characters: " + name);
    }
    if (!name.isEmpty() && !HOSTNAME.matcher(name).matches()) {
      throw invalid(field, '"' + name + "\" is not a host name");
    }
    return name;
  }

  static long notNegative(String field, long number) {
    if (number < 0) {
      throw invalid(field, number + " is negative");
    }
    return number;
  }
}

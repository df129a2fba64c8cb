package io.sandjar.runtime.pod.rules;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** What a config map or a secret must keep to beyond its schema. */
final class SettingRules {
  private static final int LARGEST = 1024 * 1024;

  /** What a secret of a type must hold for those who use it. */
  private static final Map<String, List<String>> KEYS =
      Map.of(
          "kubernetes.io/dockercfg", List.of(".dockercfg"),
          "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
          "kubernetes.io/ssh-auth", List.of("ssh-privatekey"),
          "kubernetes.io/tls", List.of("tls.crt", "tls.key"));

  private SettingRules() {}

  static List<Problem> check(Map<String, Object> object) {
    var problems = new ArrayList<Problem>();
    boolean isSecret = object.get("kind").equals("Secret");
    Map<String, String> data = Trees.stringMap(object, "data");
    Map<String, String> binary = Trees.stringMap(object, "binaryData");
    for (String key : data.keySet()) {
      if (binary.containsKey(key)) {
        problems.add(
            Problem.invalid("data[" + key + "]", key, "duplicate of key present in binaryData"));
      }
    }
    long size =
        binary.values().stream().mapToLong(SettingRules::decodedLength).sum()
            + data.values().stream()
                .mapToLong(isSecret ? SettingRules::decodedLength : SettingRules::length)
                .sum();
    if (size > LARGEST) {
      problems.add(
          new Problem(
              Problem.Reason.TOO_LONG,
              "data",
              "Too long: may not be more than " + LARGEST + " bytes"));
    }
    if (isSecret) {
      secret(Trees.string(object, "type", "Opaque"), data, problems);
    }
    return problems;
  }

  private static long length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static long decodedLength(String base64) {
    return base64.length() / 4 * 3;
  }

  private static void secret(String type, Map<String, String> data, List<Problem> problems) {
    for (String key : KEYS.getOrDefault(type, List.of())) {
      if (!data.containsKey(key)) {
        problems.add(Problem.required("data[" + key + "]"));
      } else if (key.startsWith(".dockerc") && !isObject(data.get(key))) {
        problems.add(
            Problem.invalid("data[" + key + "]", "<secret contents redacted>", "it is not JSON"));
      }
    }
    boolean lacksLogin = !data.containsKey("username") && !data.containsKey("password");
    if (type.equals("kubernetes.io/basic-auth") && lacksLogin) {
      problems.add(Problem.required("data[username]"));
      problems.add(Problem.required("data[password]"));
    }
  }

  private static boolean isObject(String base64) {
    try {
      return JSON.std.anyFrom(Base64.getDecoder().decode(base64)) instanceof Map<?, ?>;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }
}

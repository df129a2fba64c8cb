package io.sandjar.runtime.image.reference;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An image's name in full: {@code docker.io/library/nginx:1.14.2}, and how the short forms that
 * users write become it.
 *
 * <p>The grammar and the defaults (docker.io, library/, latest) are those of
 * github.com/distribution/reference, which containerd and the kubelet use.
 */
public record ImageReference(
    String domain, String path, Optional<String> tag, Optional<Digest> digest) {

  private static final String DEFAULT_DOMAIN = "docker.io";
  private static final String OFFICIAL = "library/";
  private static final int NAME_LIMIT = 255;
  private static final int TAG_LIMIT = 128;

  private static final Pattern DOMAIN =
      Pattern.compile(
          "(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
              + "(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*"
              + "|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");
  private static final Pattern COMPONENT =
      Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*+");
  private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}");

  /**
   * Reads a name as a user writes it; without a tag and a digest it means {@code :latest}.
   *
   * @throws IllegalArgumentException naming the part that is malformed
   */
  public static ImageReference parse(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the image name is empty");
    }
    if (text.length() > NAME_LIMIT + TAG_LIMIT + 140) {
      throw new IllegalArgumentException("the image name is " + text.length() + " characters long");
    }
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Optional.of(digestOf(text, rest.substring(at + 1)));
      rest = rest.substring(0, at);
    }
    Optional<String> tag = Optional.empty();
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = Optional.of(rest.substring(colon + 1));
      rest = rest.substring(0, colon);
      if (!TAG.matcher(tag.get()).matches()) {
        throw malformed(
            text,
            "tag \"" + tag.get() + "\" (letters, digits, _ . - and at most " + TAG_LIMIT + ")");
      }
    }
    if (tag.isEmpty() && digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    return named(text, rest, tag, digest);
  }

  private static ImageReference named(
      String text, String rest, Optional<String> tag, Optional<Digest> digest) {
    String domain = DEFAULT_DOMAIN;
    String path = rest;
    int slash = rest.indexOf('/');
    if (slash > 0 && isDomain(rest.substring(0, slash))) {
      domain = rest.substring(0, slash);
      path = rest.substring(slash + 1);
      if (!DOMAIN.matcher(domain).matches()) {
        throw malformed(text, "registry host \"" + domain + '"');
      }
    }
    if (domain.equals("index.docker.io")) {
      domain = DEFAULT_DOMAIN;
    }
    if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
      if (Pattern.matches("[a-f0-9]{64}", path)) {
        throw malformed(text, "repository \"" + path + "\" (64 hex digits are an image id)");
      }
      path = OFFICIAL + path;
    }
    for (String component : path.split("/", -1)) {
      if (!COMPONENT.matcher(component).matches()) {
        throw malformed(text, describeComponent(component));
      }
    }
    if (domain.length() + 1 + path.length() > NAME_LIMIT) {
      throw malformed(text, "repository (longer than " + NAME_LIMIT + " characters)");
    }
    return new ImageReference(domain, path, tag, digest);
  }

  /** Docker's rule: the first component is a host if it has a dot, a port or capitals. */
  private static boolean isDomain(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || !first.equals(first.toLowerCase(java.util.Locale.ROOT));
  }

  private static String describeComponent(String component) {
    if (component.isEmpty()) {
      return "repository (an empty path component)";
    }
    return component.equals(component.toLowerCase(java.util.Locale.ROOT))
        ? "repository component \"" + component + '"'
        : "repository component \"" + component + "\" (must be lower case)";
  }

  private static Digest digestOf(String text, String digest) {
    try {
      return Digest.parse(digest);
    } catch (IllegalArgumentException e) {
      throw malformed(text, "digest: " + e.getMessage());
    }
  }

  private static IllegalArgumentException malformed(String text, String part) {
    return new IllegalArgumentException("image name \"" + text + "\" has a malformed " + part);
  }

  /** Registry and repository: {@code docker.io/library/nginx}. */
  public String name() {
    return domain + '/' + path;
  }

  /** What a registry is asked for: the digest if there is one, else the tag. */
  public String object() {
    return digest.map(Digest::toString).orElseGet(tag::orElseThrow);
  }

  /** {@code name:tag}, where there is a tag and no digest overrides it. */
  public Optional<String> repoTag() {
    return digest.isPresent() ? Optional.empty() : tag.map(t -> name() + ':' + t);
  }

  public String repoDigest(Digest manifest) {
    return name() + '@' + manifest;
  }

  @Override
  public String toString() {
    return name() + tag.map(t -> ':' + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }
}

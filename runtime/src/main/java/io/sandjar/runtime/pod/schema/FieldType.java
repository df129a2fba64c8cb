package io.sandjar.runtime.pod.schema;

/** The type of a field: a scalar, an object of a named type, a list or a map of one of these. */
public sealed interface FieldType {

  /** A value without fields of its own. */
  record Scalar(ScalarKind kind) implements FieldType {
    @Override
    public String toString() {
      return kind.word();
    }
  }

  /** An object whose fields the schema gives under this name. */
  record Reference(String type) implements FieldType {
    @Override
    public String toString() {
      return type;
    }
  }

  /** A list. */
  record ListOf(FieldType element) implements FieldType {
    @Override
    public String toString() {
      return "[]" + element;
    }
  }

  /** A map from strings. */
  record MapOf(FieldType value) implements FieldType {
    @Override
    public String toString() {
      return "map[string]" + value;
    }
  }

  /** The kinds of scalars, each with the word that schema files use for it. */
  enum ScalarKind {
    STRING("string"),
    BOOL("bool"),
    INT32("int32"),
    INT64("int64"),
    TIME("time"),
    BYTES("bytes"),
    QUANTITY("quantity"),
    INT_OR_STRING("intOrString"),
    /** A tree that is kept as it is. */
    OBJECT("object");

    private final String word;

    ScalarKind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }
}

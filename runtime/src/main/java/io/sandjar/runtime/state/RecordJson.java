package io.sandjar.runtime.state;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Records as JSON documents, component by component, so that a state file reads like the record it
 * holds.
 *
 * <p>A key that no component has is skipped and a missing one gives the component's empty value, so
 * that neighbouring versions read each other's files; where its type has none, the document is
 * refused. A sealed interface's record carries its simple name under {@code is}.
 */
public final class RecordJson {
  private static final String KIND = "is";
  private static final JSON PRETTY = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);

  /** A class answers each question for its components with new objects. */
  private static final ClassValue<List<Component>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(Component::of).toList();
        }
      };

  private RecordJson() {}

  public static byte[] bytes(Record value) throws IOException {
    return bytes(toTree(value));
  }

  static byte[] bytes(Map<String, Object> tree) throws IOException {
    return PRETTY.asBytes(tree);
  }

  public static <R extends Record> R read(Class<R> type, byte[] json) throws IOException {
    return fromTree(type, JSON.std.mapFrom(json));
  }

  /** The record as maps, lists and plain values. Empty components are left out. */
  public static Map<String, Object> toTree(Record value) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (Component component : COMPONENTS.get(value.getClass())) {
      Object encoded = encode(component.in(value), component.declared());
      if (!isEmpty(encoded)) {
        tree.put(component.name(), encoded);
      }
    }
    return tree;
  }

  public static <R extends Record> R fromTree(Class<R> type, Map<String, Object> tree)
      throws IOException {
    List<Component> components = COMPONENTS.get(type);
    Class<?>[] types = new Class<?>[components.size()];
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      types[i] = components.get(i).type();
      String name = components.get(i).name();
      try {
        values[i] = decode(tree.get(name), components.get(i).declared());
      } catch (IOException | RuntimeException wrong) {
        throw new IOException(type.getSimpleName() + "." + name + ": " + wrong.getMessage(), wrong);
      }
    }
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      constructor.trySetAccessible();
      return constructor.newInstance(values);
    } catch (InvocationTargetException refused) {
      throw new IOException(
          type.getSimpleName() + ": " + refused.getCause().getMessage(), refused.getCause());
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * @param read takes the record: a handle, as for a reflected method the JVM makes a class once it
   *     was called a few times
   */
  private record Component(String name, Class<?> type, Type declared, MethodHandle read) {
    private static final MethodType OF_ANY = MethodType.methodType(Object.class, Record.class);

    static Component of(RecordComponent component) {
      Method accessor = component.getAccessor();
      accessor.trySetAccessible();
      try {
        MethodHandle read = MethodHandles.lookup().unreflect(accessor).asType(OF_ANY);
        return new Component(
            component.getName(), component.getType(), component.getGenericType(), read);
      } catch (IllegalAccessException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    Object in(Record value) {
      try {
        return (Object) read.invokeExact(value);
      } catch (Throwable impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  private static boolean isEmpty(Object encoded) {
    return encoded == null
        || encoded.equals("")
        || encoded.equals(Boolean.FALSE)
        || encoded instanceof Collection<?> list && list.isEmpty()
        || encoded instanceof Map<?, ?> map && map.isEmpty();
  }

  private static Object encode(Object value, Type declared) {
    if (value == null) {
      return null;
    }
    if (value instanceof Optional<?> optional) {
      return optional.map(inner -> encode(inner, argument(declared, 0))).orElse(null);
    }
    if (value instanceof OptionalLong number) {
      return number.isPresent() ? number.getAsLong() : null;
    }
    if (value instanceof OptionalInt number) {
      return number.isPresent() ? number.getAsInt() : null;
    }
    if (value instanceof Record inner) {
      Map<String, Object> tree = toTree(inner);
      if (raw(declared).isInterface()) {
        Map<String, Object> marked = new LinkedHashMap<>();
        marked.put(KIND, inner.getClass().getSimpleName());
        marked.putAll(tree);
        return marked;
      }
      return tree;
    }
    if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    if (value instanceof Collection<?> items) {
      List<Object> list = new ArrayList<>();
      items.forEach(item -> list.add(encode(item, argument(declared, 0))));
      return list;
    }
    if (value instanceof Map<?, ?> entries) {
      Map<String, Object> map = new LinkedHashMap<>();
      entries.forEach((key, item) -> map.put(key.toString(), encode(item, argument(declared, 1))));
      return map;
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value;
    }
    return value.toString();
  }

  private static Object decode(Object json, Type declared) throws IOException {
    Class<?> type = raw(declared);
    if (type == Optional.class) {
      return json == null ? Optional.empty() : Optional.of(decode(json, argument(declared, 0)));
    }
    if (type == OptionalLong.class) {
      return json instanceof Number number
          ? OptionalLong.of(number.longValue())
          : OptionalLong.empty();
    }
    if (type == OptionalInt.class) {
      return json instanceof Number number
          ? OptionalInt.of(Math.toIntExact(number.longValue()))
          : OptionalInt.empty();
    }
    if (Collection.class.isAssignableFrom(type)) {
      return decodeItems(json, type, argument(declared, 0));
    }
    if (type == Map.class) {
      return decodeEntries(json, argument(declared, 1));
    }
    if (type.isPrimitive()) {
      return decodePrimitive(json, type);
    }
    if (type == Object.class) {
      return json;
    }
    if (json == null) {
      return nothing(type);
    }
    if (type.isRecord()) {
      return fromTree(type.asSubclass(Record.class), tree(json));
    }
    if (type.isSealed()) {
      return decodeKind(tree(json), type);
    }
    return decodePlain(json, type);
  }

  private static Object nothing(Class<?> type) throws IOException {
    if (type == String.class) {
      return "";
    }
    throw new IOException("it is missing");
  }

  private static Object decodePrimitive(Object json, Class<?> type) throws IOException {
    if (type == boolean.class) {
      return json != null && (Boolean) json;
    }
    Number number = json == null ? Integer.valueOf(0) : (Number) json;
    if (type == int.class) {
      return Math.toIntExact(number.longValue());
    }
    if (type == long.class) {
      return number.longValue();
    }
    if (type == double.class) {
      return number.doubleValue();
    }
    throw new IOException("no JSON form for " + type);
  }

  private static Object decodePlain(Object json, Class<?> type) throws IOException {
    if (type == Integer.class) {
      return Math.toIntExact(((Number) json).longValue());
    }
    if (type == Long.class) {
      return ((Number) json).longValue();
    }
    if (type == Double.class) {
      return ((Number) json).doubleValue();
    }
    if (type == Boolean.class) {
      return json;
    }
    String text = json.toString();
    if (type == String.class) {
      return text;
    }
    if (type == Path.class) {
      return Path.of(text);
    }
    if (type == Instant.class) {
      return Instant.parse(text);
    }
    if (type == Duration.class) {
      return Duration.parse(text);
    }
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        if (((Enum<?>) constant).name().equals(text)) {
          return constant;
        }
      }
      throw new IOException("unknown " + type.getSimpleName() + " " + text);
    }
    throw new IOException("no JSON form for " + type);
  }

  private static Object decodeItems(Object json, Class<?> type, Type item) throws IOException {
    List<Object> items = new ArrayList<>();
    if (json instanceof Collection<?> encoded) {
      for (Object one : encoded) {
        items.add(decode(one, item));
      }
    }
    return type == Set.class ? new LinkedHashSet<>(items) : List.copyOf(items);
  }

  private static Object decodeEntries(Object json, Type item) throws IOException {
    Map<String, Object> entries = new LinkedHashMap<>();
    if (json instanceof Map<?, ?> encoded) {
      for (Map.Entry<?, ?> entry : encoded.entrySet()) {
        entries.put(entry.getKey().toString(), decode(entry.getValue(), item));
      }
    }
    return entries;
  }

  private static Object decodeKind(Map<String, Object> tree, Class<?> sealed) throws IOException {
    for (Class<?> permitted : sealed.getPermittedSubclasses()) {
      if (permitted.getSimpleName().equals(tree.get(KIND))) {
        return fromTree(permitted.asSubclass(Record.class), tree);
      }
    }
    throw new IOException("unknown " + sealed.getSimpleName() + " " + tree.get(KIND));
  }

  @SuppressWarnings("unchecked") // JSON objects have string keys
  private static Map<String, Object> tree(Object json) {
    return (Map<String, Object>) json;
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType generic
        ? (Class<?>) generic.getRawType()
        : type instanceof Class<?> plain ? plain : Object.class;
  }

  private static Type argument(Type type, int index) {
    return type instanceof ParameterizedType generic
        ? generic.getActualTypeArguments()[index]
        : Object.class;
  }
}

package io.sandjar.runtime.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandleInfo;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The lambdas of a class as a JVM names them in its list of what to archive. The JVM itself names
 * those that ran, and no container runs in a rehearsal: each of theirs would be made anew by every
 * daemon, as a class in memory of its own.
 */
final class LambdaLines extends ClassVisitor {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";

  private final List<String> lines = new ArrayList<>();
  private String caller;

  private LambdaLines() {
    super(Opcodes.ASM9);
  }

  /**
   * @param code of a class
   */
  static List<String> of(InputStream code) throws IOException {
    var lambdas = new LambdaLines();
    new ClassReader(code).accept(lambdas, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
    return lambdas.lines;
  }

  @Override
  public void visit(
      int version, int access, String name, String signature, String parent, String[] interfaces) {
    caller = name;
  }

  @Override
  public MethodVisitor visitMethod(
      int access, String name, String descriptor, String signature, String[] exceptions) {
    return new MethodVisitor(api) {
      @Override
      public void visitInvokeDynamicInsn(
          String method, String type, Handle bootstrap, Object... arguments) {
        if (bootstrap.getOwner().equals(FACTORY)
            && bootstrap.getName().equals("metafactory")
            && arguments[1] instanceof Handle body) {
          lines.add(line(method, type, arguments[0], body, arguments[2]));
        }
      }
    };
  }

  /** See the JVM's own, by -XX:DumpLoadedClassList. */
  private String line(String method, String type, Object erased, Handle body, Object actual) {
    return String.join(
        " ",
        "@lambda-proxy",
        caller,
        method,
        type,
        erased.toString(),
        "REF_" + MethodHandleInfo.referenceKindToString(body.getTag()),
        body.getOwner(),
        body.getName(),
        body.getDesc(),
        actual.toString());
  }
}

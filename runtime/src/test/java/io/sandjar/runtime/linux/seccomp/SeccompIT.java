package io.sandjar.runtime.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Capabilities;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Filters in a real kernel, on a thread of their own that ends with them. Needs root. */
@Tag("machine")
class SeccompIT {
  private static final long SECCOMP_SET_MODE_FILTER = 1;
  private static final long AF_INET = 2;
  private static final long AF_VSOCK = 40;
  private static final long SOCK_STREAM = 1;

  private final SeccompArch machine = SeccompArch.ofThisMachine();
  private final SyscallTable table = SyscallTable.of(machine);

  @Test
  void theKernelTakesRuntimeDefaultAndKeepsToIt() throws Exception {
    SeccompFilter filter =
        SeccompCompiler.forThisMachine().runtimeDefault(Capabilities.mask(Capabilities.DEFAULT));

    Map<String, Integer> errnos =
        underFilter(
            filter,
            Map.of(
                "getpid", new long[6],
                "unshare", new long[] {0x10000000, 0, 0, 0, 0, 0},
                "clone3", new long[6],
                "keyctl", new long[6],
                "io_uring_setup", new long[6]));

    assertEquals(0, errnos.get("getpid"));
    assertEquals(1, errnos.get("unshare"));
    assertEquals(38, errnos.get("clone3"));
    assertEquals(1, errnos.get("keyctl"));
    assertEquals(1, errnos.get("io_uring_setup"));
  }

  @Test
  void argumentsAreJudgedByTheKernelAsByTheTable() throws Exception {
    SeccompFilter filter = SeccompCompiler.forThisMachine().runtimeDefault(0);

    assertEquals(
        1,
        underFilter(filter, Map.of("socket", new long[] {AF_VSOCK, SOCK_STREAM, 0, 0, 0, 0}))
            .get("socket"));
    assertEquals(
        0,
        underFilter(filter, Map.of("socket", new long[] {AF_INET, SOCK_STREAM, 0, 0, 0, 0}))
            .get("socket"));
  }

  @Test
  void anErrorOfTheProfilesChoiceArrives() throws Exception {
    SeccompProfile profile =
        SeccompProfile.parse(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
            """);
    SeccompFilter filter = SeccompCompiler.forThisMachine().compile(profile, 0);

    assertEquals(95, underFilter(filter, Map.of("mkdirat", new long[6])).get("mkdirat"));
  }

  @Test
  void everyConditionOnAnArgumentIsTheKernels() throws Exception {
    long high = 1L << 40;
    Map<String, LongPredicate> operators = new LinkedHashMap<>();
    operators.put("SCMP_CMP_NE", value -> value != 5 + high);
    operators.put("SCMP_CMP_LT", value -> value < 5 + high);
    operators.put("SCMP_CMP_LE", value -> value <= 5 + high);
    operators.put("SCMP_CMP_EQ", value -> value == 5 + high);
    operators.put("SCMP_CMP_GE", value -> value >= 5 + high);
    operators.put("SCMP_CMP_GT", value -> value > 5 + high);
    operators.put("SCMP_CMP_MASKED_EQ", value -> (value & 5 + high) == 4);
    for (var operator : operators.entrySet()) {
      SeccompFilter filter =
          SeccompCompiler.forThisMachine()
              .compile(
                  SeccompProfile.parse(
                      """
                      {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                        {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
                         "args": [{"index": 1, "op": "%s", "value": %d, "valueTwo": 4}]}]}
                      """
                          .formatted(operator.getKey(), 5 + high)),
                  0);
      for (long value : new long[] {0, 4, 5, 4 + high, 5 + high, 6 + high}) {
        int badDescriptor = 9;
        assertEquals(
            operator.getValue().test(value) ? 95 : badDescriptor,
            underFilter(filter, Map.of("lseek", new long[] {-1, value, 0, 0, 0, 0})).get("lseek"),
            operator.getKey() + " of " + value);
      }
    }
  }

  /** Each call's errno, or 0 where it succeeded. */
  private Map<String, Integer> underFilter(SeccompFilter filter, Map<String, long[]> calls)
      throws Exception {
    CompletableFuture<Map<String, Integer>> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                install(filter);
                Map<String, Integer> errnos = new LinkedHashMap<>();
                calls.forEach((name, args) -> errnos.put(name, call(name, args)));
                result.complete(errnos);
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "under seccomp");
    thread.start();
    Map<String, Integer> errnos = result.get(60, TimeUnit.SECONDS);
    thread.join(TimeUnit.SECONDS.toMillis(20));
    assertTrue(!thread.isAlive(), "the thread did not end");
    return errnos;
  }

  private void install(SeccompFilter filter) throws IOException {
    Pointer code = Memory.allocateDirect(Libc.runtime(), filter.program().length);
    code.put(0, filter.program(), 0, filter.program().length);
    Pointer prog = Memory.allocateDirect(Libc.runtime(), 16, true);
    prog.putShort(0, (short) filter.instructions());
    prog.putLong(8, code.address());
    Syscalls.check(
        Libc.get()
            .syscall(
                number("seccomp"),
                SECCOMP_SET_MODE_FILTER,
                filter.flags(),
                prog.address(),
                0,
                0,
                0),
        "install a seccomp filter, which needs root");
    java.lang.ref.Reference.reachabilityFence(code);
  }

  private int call(String name, long[] args) {
    long result =
        Libc.get().syscall(number(name), args[0], args[1], args[2], args[3], args[4], args[5]);
    return result == -1 ? Libc.runtime().getLastError() : 0;
  }

  private int number(String name) {
    return table.number(name).orElseThrow();
  }
}

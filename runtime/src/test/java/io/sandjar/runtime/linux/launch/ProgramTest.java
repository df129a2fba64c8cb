package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Join;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Programs as data: what they say of themselves, and how they lie in memory. */
class ProgramTest {
  private final ProgramBuilder builder = new ProgramBuilder();

  private List<String> listing() {
    return builder.build().listing();
  }

  @Test
  void aListingShowsEveryCallItsJumpsAndItsStep() {
    Label done = builder.label("done");
    builder
        .call("go to /x", Syscall.CHDIR, Arg.text("/x"))
        .onErrno(Errno.ENOENT.number(), done)
        .onError(builder.failure());
    Data pid = Data.slot("pid");
    builder.call("ask for the pid", Syscall.GETPID).into(pid).onZero(done);
    builder.place(done);
    builder.call("exit", Syscall.EXIT_GROUP, Arg.in(pid)).then(done);
    builder.place(builder.failure());
    List<String> lines = listing();
    assertEquals(
        "   0  close_range(3, 4294967295, 0)  # close every other file",
        lines.get(0).replace("0xffffffff", "4294967295"));
    assertEquals(
        "   1  chdir(\"/x\")  ENOENT -> done  else error -> failure  # go to /x", lines.get(1));
    assertEquals("   2  pid = getpid()  zero -> done  # ask for the pid", lines.get(2));
    assertEquals("done:", lines.get(3));
    assertTrue(lines.get(4).endsWith("-> done  # exit"), lines.get(4));
  }

  @Test
  void aFailureIsNamedByTheStepAtItsAddress() {
    builder.call("first", Syscall.GETPID);
    builder.call("second", Syscall.GETPID);
    builder.place(builder.failure());
    Program program = builder.build();
    assertEquals("second", program.failed(Program.addressOf(2)).step());
    assertThrows(IllegalArgumentException.class, () -> program.failed(Program.addressOf(3)));
    assertThrows(IllegalArgumentException.class, () -> program.failed(1));
  }

  @Test
  void stringsLieBehindTheInstructionsAndArgumentsPointToThem() {
    builder.call("go to /there", Syscall.CHDIR, Arg.text("/there"));
    builder.place(builder.failure());
    ByteBuffer memory =
        ByteBuffer.wrap(builder.build().encode(Architecture.X86_64).program())
            .order(ByteOrder.LITTLE_ENDIAN);
    int chdir = (int) (Program.addressOf(1) - Program.BASE);
    assertEquals(80, memory.getLong(chdir + Program.SYSCALL));
    int text = (int) (memory.getLong(chdir + Program.ARGS) - Program.BASE);
    assertEquals((int) (Program.addressOf(2) - Program.BASE), text);
    byte[] there = new byte[7];
    memory.get(text, there);
    assertEquals("/there\0", new String(there, java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void theRestLiesApartWithAllThatItNeeds() {
    Data kept = Data.slot("kept");
    Label rest = builder.label("rest");
    builder.call("prepare", Syscall.GETPID).into(kept);
    builder.beginRest();
    builder.place(rest);
    builder.call("rest", Syscall.PPOLL, Arg.in(kept)).onError(rest).then(rest);
    builder.endRest();
    builder.place(builder.failure());
    Program program = builder.build();
    Program.Encoded encoded = program.encode(Architecture.X86_64);

    ByteBuffer main = ByteBuffer.wrap(encoded.program()).order(ByteOrder.LITTLE_ENDIAN);
    // Behind mmap and read, which take the rest, and close_range.
    int prepare = (int) (Program.addressOf(3) - Program.BASE);
    long first = Program.REST_BASE + Program.HEADER_BYTES;
    assertEquals(39, main.getLong(prepare + Program.SYSCALL));
    assertEquals(first, main.getLong(prepare + Program.NEXT));
    ByteBuffer apart = ByteBuffer.wrap(encoded.rest()).order(ByteOrder.LITTLE_ENDIAN);
    // Behind what lets go of all else.
    int poll = Program.HEADER_BYTES + 3 * Program.INSTRUCTION_BYTES;
    assertEquals(271, apart.getLong(poll + Program.SYSCALL));
    assertEquals(Program.REST_BASE + poll, apart.getLong(poll + Program.NEXT));
    assertEquals(Program.REST_BASE + poll, apart.getLong(poll + Program.ON_ERROR));
    assertEquals(Program.REST_BASE, apart.getLong(poll + Program.RESULT));
    assertEquals(kept.address(), apart.getLong(poll + Program.ARGS));
    assertEquals(kept.address(), main.getLong(prepare + Program.RESULT));
    assertEquals(Program.REST_BASE + encoded.rest().length - Long.BYTES, kept.address());
  }

  @Test
  void theRestCannotNeedWhatIsShared() {
    builder.beginRest();
    builder.call("rest", Syscall.PPOLL, Arg.in(Data.sharedSlot("pid"))).onError(builder.failure());
    builder.endRest();
    builder.place(builder.failure());
    Program program = builder.build();
    assertThrows(IllegalStateException.class, () -> program.encode(Architecture.ofThisMachine()));
  }

  @Test
  void whatTheKernelWouldCutOffIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Arg.text("a\0b"));
    builder.call("go", Syscall.CHDIR, Arg.text("x".repeat((int) Program.MOST_BYTES)));
    builder.place(builder.failure());
    Program program = builder.build();
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> program.encode(Architecture.ofThisMachine()));
    assertTrue(refused.getMessage().contains("too large"), refused.getMessage());
  }

  @Test
  void aCommandIsSoughtInEveryFolderOfThePathInTurn() {
    CommandSteps steps =
        new CommandSteps(
            builder,
            new ProcessLaunch(
                List.of("foo"),
                List.of("PATH=/a::/b"),
                "",
                ProcessUser.ROOT,
                CapabilitySets.NONE,
                false,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                OptionalInt.empty(),
                ProcessLaunch.USUAL_UMASK));
    steps.find();
    steps.execute();
    builder.place(builder.failure());
    String listing = String.join("\n", listing());
    int first = listing.indexOf("faccessat(-100, \"/a/foo\", 1)");
    int second = listing.indexOf("faccessat(-100, \"./foo\", 1)");
    int third = listing.indexOf("faccessat(-100, \"/b/foo\", 1)");
    assertTrue(first > 0 && first < second && second < third, listing);
    assertTrue(third < listing.indexOf("execve("), listing);
  }

  @Test
  void noRoomMeansTheLimitOfWhatMakesNoFile() {
    assertLimit("user.max_mnt_namespaces", new Instruction("x", Syscall.FSMOUNT));
    assertLimit("user.max_mnt_namespaces", new Instruction("x", Syscall.OPEN_TREE));
    assertLimit("fs.mount-max", new Instruction("x", Syscall.MOVE_MOUNT));
    assertLimit("or its cgroup's cpuset,", new Instruction("x", Syscall.CLONE3));
  }

  @Test
  void noRoomInACgroupIsAnEmptyCpuset() {
    var steps = new ProcessSteps(builder);
    var legacy = List.of("/cgroup/cpu/cgroup.procs", "/cgroup/cpuset/cgroup.procs");
    steps.joinCgroups(Optional.of(new Join(Optional.empty(), legacy)));
    steps.joinUnified(new Fd(100));
    List<Instruction> joins = calls(Syscall.WRITE);
    assertEquals(3, joins.size());
    joins.forEach(
        join -> assertLimit("its cpuset, which has no processors or no memory nodes,", join));
  }

  /** By mount(2), in which the kernel makes what is in the folder for work. */
  @Test
  void noRoomForAnOverlayOfAnOlderKernelIsAFullDisk() {
    var layers = IntStream.range(0, 30).mapToObj(i -> Path.of("/layers/number-" + i)).toList();
    var writable = new OverlaySteps.Writable(Path.of("/container/upper"), Path.of("/work"));
    new OverlaySteps(builder, new KernelVersion(6, 1))
        .create("lay", layers, Optional.of(writable), Optional.empty(), Data.slot("overlay"));
    List<Instruction> mounts = calls(Syscall.MOUNT);
    assertEquals(2, mounts.size(), "a volatile one, or an ordinary one");
    for (Instruction mount : mounts) {
      var failure = LaunchException.of(mount, Errno.ENOSPC.number());
      assertEquals("lay: " + Errno.ENOSPC, failure.getMessage());
      assertEquals(EngineException.Kind.RESOURCE_EXHAUSTED, EngineException.kindOf(failure));
    }
  }

  private List<Instruction> calls(Syscall syscall) {
    builder.place(builder.failure());
    return builder.build().instructions().stream()
        .filter(call -> call.syscall().equals(Optional.of(syscall)))
        .toList();
  }

  private static void assertLimit(String limit, Instruction call) {
    var failure = LaunchException.of(call, Errno.ENOSPC.number());
    assertTrue(failure.getMessage().endsWith(limit + " allows no more)"), failure::toString);
    assertEquals(EngineException.Kind.INTERNAL, EngineException.kindOf(failure));
  }

  @Test
  void aCommandsFailureIsToldAsShellsDo() {
    // The first was sought on the path; the others were there, or named by their path.
    assertFailure(2, Errno.ENOENT, 127, "exec: \"foo\": executable file not found in $PATH");
    assertFailure(2, Errno.EACCES, 126, "exec: \"foo\": permission denied");
    assertFailure(
        3,
        Errno.ENOENT,
        127,
        "exec: \"foo\": no such file or directory (the file itself, or the interpreter that it"
            + " names)");
    assertFailure(3, Errno.ENOTDIR, 127, "exec: \"foo\": ENOTDIR (Not a directory)");
    assertFailure(3, new Errno(8), 126, "exec: \"foo\": ENOEXEC (Exec format error)");
  }

  private static void assertFailure(long told, Errno errno, int code, String message) {
    assertTrue(CommandSteps.isOfCommand(told));
    LaunchException failure = CommandSteps.failure("foo", told, errno.number());
    assertEquals(message, failure.getMessage());
    assertEquals(code, failure.exitCode());
    assertTrue(failure.isOfCommand());
  }
}

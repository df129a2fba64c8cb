package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.runtime.linux.Architecture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Writes the aarch64 launcher and a program that tries every part of it: constants, addresses and
 * slots, both widths of a result, jumps on zero, on any error and on one, a shared page, a child in
 * namespaces of its own. See scripts/launcher-aarch64, which runs it on a kernel.
 */
final class Aarch64Boot {
  private static final int CONSOLE = 2;

  private Aarch64Boot() {}

  public static void main(String[] folder) throws IOException {
    Path target = Path.of(folder[0]);
    Files.write(target.resolve("launcher"), LauncherElf.of(Architecture.AARCH64));
    Files.write(target.resolve("program"), program().encode(Architecture.AARCH64).program());
  }

  private static Program program() {
    var program = new ProgramBuilder();
    var steps = new ProcessSteps(program);
    var mounts = new MountCalls(program);
    Label child = program.label("child");
    Label expected = program.label("expected");
    Data pid = Data.slot("pid");
    Data shared = Data.sharedSlot("pid for all");
    Data status = Data.room("status", Long.BYTES);
    say(program, "launcher: running\n");
    program
        .call(
            "fail as expected", Syscall.MKDIRAT, num(MountFlags.AT_FDCWD), text("/proc"), num(0755))
        .onErrno(17, expected);
    program.fail("a folder was made twice", 1);
    program.place(expected);
    Data zeroes = Data.words("poll", 0);
    program.value("store 32 bits", num(-4096L & 0xffff_ffffL)).intoInt(zeroes);
    steps.child(
        "clone",
        NamespaceFlags.CLONE_NEWNS
            | NamespaceFlags.CLONE_NEWPID
            | NamespaceFlags.CLONE_NEWUTS
            | NamespaceFlags.CLONE_NEWIPC
            | NamespaceFlags.CLONE_NEWNET,
        Optional.empty(),
        pid,
        child,
        Optional.of(shared));
    program.call("reap", Syscall.WAIT4, in(shared), at(status), num(0), num(0));
    program.call("tell the status", Syscall.WRITE, num(1), at(status), num(Long.BYTES));
    say(program, "launcher: reaped\n");
    program.call("exit", Syscall.EXIT_GROUP, num(0));
    program.place(child);
    program.call("set the hostname", Syscall.SETHOSTNAME, text("sandjar"), num(7));
    Data mount = Data.slot("tmpfs");
    mounts.create("mount a tmpfs", "tmpfs", List.of(), 0, mount);
    mounts.attachAt("mount a tmpfs", mount, "/mnt");
    program.call("speak to the console", Syscall.DUP3, num(CONSOLE), num(1), num(0));
    program.call(
        "become the shell",
        Syscall.EXECVE,
        text("/bin/busybox"),
        at(
            strings(
                "sh",
                "-c",
                "echo container: pid $$ on $(busybox hostname) with $(busybox grep -c ' /mnt tmpfs' /proc/mounts) tmpfs; exit 7")),
        at(strings("PATH=/bin")));
    program.place(program.failure());
    say(program, "launcher: FAILED\n");
    program.call("exit", Syscall.EXIT_GROUP, num(1));
    return program.build(shared);
  }

  private static void say(ProgramBuilder program, String text) {
    program.call("say " + text, Syscall.WRITE, num(CONSOLE), text(text), num(text.length()));
  }

  private static Data strings(String... strings) {
    Data array = Data.words("strings", new long[strings.length + 1]);
    for (int i = 0; i < strings.length; i++) {
      array.point(i * Long.BYTES, Data.text(strings[i]));
    }
    return array;
  }
}

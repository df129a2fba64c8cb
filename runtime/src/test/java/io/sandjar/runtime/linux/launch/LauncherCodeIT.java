package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.Architecture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the launcher's machine code against what GNU objdump reads from it. */
@Tag("machine")
class LauncherCodeIT {
  private static final Pattern LINE = Pattern.compile("^ *[0-9a-f]+:\t(.*)$", Pattern.MULTILINE);

  @TempDir Path folder;

  private List<String> disassemble(Architecture architecture, String machine) throws Exception {
    Path code = folder.resolve("code");
    Files.write(code, LauncherCode.of(architecture).assemble());
    String objdump = machine + "-linux-gnu-objdump";
    assertTrue(
        Files.exists(Path.of("/usr/bin/" + objdump)),
        () ->
            "this test needs "
                + objdump
                + ": apt install binutils-"
                + machine.replace('_', '-')
                + "-linux-gnu");
    Process process =
        new ProcessBuilder(
                objdump,
                "-D",
                "-b",
                "binary",
                "-m",
                architecture == Architecture.X86_64 ? "i386:x86-64" : "aarch64",
                "-M",
                architecture == Architecture.X86_64 ? "intel" : "no-aliases",
                "--no-show-raw-insn",
                code.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
    String comment = architecture == Architecture.X86_64 ? "#" : "//";
    return LINE.matcher(output)
        .results()
        .map(
            match ->
                match.group(1).replaceAll("\\s+", " ").replaceAll(" *(" + comment + ".*)?$", ""))
        .toList();
  }

  /** The code instruction by instruction; jump distances as objdump resolves them. */
  private void assertListing(Architecture architecture, String machine, String resource)
      throws Exception {
    List<String> expected;
    try (var in = getClass().getResourceAsStream(resource)) {
      expected = new String(in.readAllBytes()).lines().toList();
    }
    assertEquals(
        String.join("\n", expected), String.join("\n", disassemble(architecture, machine)));
  }

  @Test
  void theX86CodeIsWhatItIsMeantToBe() throws Exception {
    assertListing(Architecture.X86_64, "x86_64", "launcher-x86_64.txt");
  }

  @Test
  void theAarch64CodeIsWhatItIsMeantToBe() throws Exception {
    assertListing(Architecture.AARCH64, "aarch64", "launcher-aarch64.txt");
  }

  @Test
  void theLauncherIsAStaticElfOfLessThanAPage() throws Exception {
    Path elf = folder.resolve("launcher");
    byte[] content = LauncherElf.of(Architecture.X86_64);
    Files.write(elf, content);
    assertTrue(content.length < 1024, content.length + " bytes");
    Process process = new ProcessBuilder("readelf", "-lhW", elf.toString()).start();
    String headers = new String(process.getInputStream().readAllBytes());
    assertTrue(headers.contains("EXEC (Executable file)"), headers);
    Matcher load = Pattern.compile("LOAD .* R E ").matcher(headers);
    assertTrue(load.find(), headers);
    assertTrue(Pattern.compile("GNU_STACK .* RW ").matcher(headers).find(), headers);
  }
}

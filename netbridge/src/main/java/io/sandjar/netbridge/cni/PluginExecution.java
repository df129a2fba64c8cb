package io.sandjar.netbridge.cni;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs one CNI plugin once: input and environment as specified, its answer or its error back. */
final class PluginExecution {
  private static final int STDERR_SHOWN = 2000;

  private final List<Path> binaryDirs;
  private final Duration timeout;

  PluginExecution(List<Path> binaryDirs, Duration timeout) {
    this.binaryDirs = List.copyOf(binaryDirs);
    this.timeout = timeout;
  }

  /** Where the plugin lies; the first folder that has it wins. */
  Path find(String type) throws CniException {
    for (Path dir : binaryDirs) {
      Path file = dir.resolve(type);
      if (Files.isExecutable(file) && Files.isRegularFile(file)) {
        return file;
      }
    }
    throw new CniException("CNI plugin " + type + " not found in " + binaryDirs);
  }

  /** Runs a command about an attachment; the answer is empty where the plugin printed nothing. */
  Map<String, Object> run(
      String command, String type, CniAttachment attachment, Map<String, Object> input)
      throws CniException {
    return run(
        type,
        input,
        Map.of(
            "CNI_COMMAND", command,
            "CNI_CONTAINERID", attachment.containerId(),
            "CNI_NETNS", attachment.netns(),
            "CNI_IFNAME", attachment.ifName(),
            "CNI_ARGS", attachment.cniArgs()));
  }

  /** Runs a command about the network as a whole: GC or STATUS. */
  Map<String, Object> run(String command, String type, Map<String, Object> input)
      throws CniException {
    return run(type, input, Map.of("CNI_COMMAND", command));
  }

  private Map<String, Object> run(
      String type, Map<String, Object> input, Map<String, String> environment) throws CniException {
    Path plugin = find(type);
    String what = "CNI " + environment.get("CNI_COMMAND") + " by plugin " + type;
    ProcessBuilder builder = new ProcessBuilder(plugin.toString());
    builder.environment().putAll(environment);
    builder
        .environment()
        .put("CNI_PATH", binaryDirs.stream().map(Path::toString).collect(Collectors.joining(":")));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new CniException(what + ": " + e.getMessage(), e);
    }
    try {
      return answer(what, process, JSON.std.asBytes(input));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CniException(what + ": interrupted", e);
    } catch (CniException e) {
      throw e;
    } catch (IOException e) {
      throw new CniException(what + ": " + e.getMessage(), e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Map<String, Object> answer(String what, Process process, byte[] input)
      throws IOException, InterruptedException {
    CompletableFuture<byte[]> stdout = drain(process.getInputStream());
    CompletableFuture<byte[]> stderr = drain(process.getErrorStream());
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException e) {
      // It ended without reading its input; its exit code and its words say why.
    }
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new CniException(what + ": no answer within " + timeout.toSeconds() + " s");
    }
    // A plugin's own children may hold the pipes open; what the plugin said is complete by now.
    byte[] answer = collect(stdout);
    if (process.exitValue() == 0) {
      return answer.length == 0 ? Map.of() : decode(what, answer);
    }
    throw failure(what, process.exitValue(), answer, collect(stderr));
  }

  private static CompletableFuture<byte[]> drain(InputStream stream) {
    ByteArrayOutputStream collected = new ByteArrayOutputStream();
    CompletableFuture<byte[]> done = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try (stream) {
                stream.transferTo(collected);
                done.complete(collected.toByteArray());
              } catch (IOException e) {
                done.complete(collected.toByteArray());
              }
            },
            "cni-plugin-output");
    reader.setDaemon(true);
    reader.start();
    return done;
  }

  private byte[] collect(CompletableFuture<byte[]> stream) throws IOException {
    try {
      return stream.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException("its output does not end", e);
    }
  }

  private static Map<String, Object> decode(String what, byte[] answer) throws CniException {
    try {
      return JSON.std.mapFrom(answer);
    } catch (IOException | RuntimeException e) {
      throw new CniException(what + ": its answer is not a JSON object: " + shown(answer), e);
    }
  }

  private static CniException failure(String what, int exit, byte[] stdout, byte[] stderr) {
    try {
      Map<String, Object> error = JSON.std.mapFrom(stdout);
      if (error.get("code") instanceof Number code && error.get("msg") instanceof String message) {
        String details =
            error.get("details") instanceof String text && !text.isEmpty() ? "; " + text : "";
        return new CniException(
            what
                + ": "
                + message
                + details
                + " (code "
                + code
                + ", "
                + CniException.meaning(code.intValue())
                + ")",
            code.intValue(),
            null);
      }
    } catch (IOException | RuntimeException notTheSpecifiedError) {
      // Falls through to what it said in its own words.
    }
    byte[] said = stderr.length > 0 ? stderr : stdout;
    return new CniException(
        what + ": exit code " + exit + (said.length == 0 ? " and not a word" : ": " + shown(said)));
  }

  private static String shown(byte[] text) {
    String all = new String(text, StandardCharsets.UTF_8).strip();
    return all.length() <= STDERR_SHOWN ? all : all.substring(0, STDERR_SHOWN) + "...";
  }
}

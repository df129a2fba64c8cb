package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.stream.RemoteSession;
import io.sandjar.cli.tar.TarExtraction;
import io.sandjar.cli.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies files between this machine and a container, by the container's own tar. */
@Command(
    name = "cp",
    description = {
      "Copies files and folders to and from a container, which must have a tar.",
      "",
      "  sandjar cp notes.txt echo:/tmp/notes.txt",
      "  sandjar cp echo:/etc/passwd passwd",
      "  sandjar cp default/counter:/data data -c app"
    })
public final class CopyCommand implements Callable<Integer> {
  private static final int PIPE_BYTES = 64 * 1024;

  private final Context context;
  private final KubeApi api;

  @Parameters(index = "0", paramLabel = "FROM", description = "A file or folder, or POD:PATH.")
  private String from;

  @Parameters(index = "1", paramLabel = "TO", description = "A file or folder, or POD:PATH.")
  private String to;

  @Mixin private NamespaceOption namespace;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "The container.")
  private String container;

  @Option(names = "--no-preserve", description = "Leave owners and modes to the container.")
  private boolean noPreserve;

  public CopyCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  /** A path in a container: {@code [NAMESPACE/]POD:PATH}. */
  private record Remote(Namespaced where, String pod, String path) {
    String base() {
      var trimmed = path.replaceFirst("/+$", "");
      return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    String folder() {
      var trimmed = path.replaceFirst("/+$", "");
      int slash = trimmed.lastIndexOf('/');
      return slash < 0 ? "." : slash == 0 ? "/" : trimmed.substring(0, slash);
    }
  }

  @Override
  public Integer call() throws IOException {
    var source = remote(from);
    var target = remote(to);
    if ((source == null) == (target == null)) {
      throw new CommandException("one of both must be POD:PATH, and the other a local path");
    }
    if (source != null) {
      fetch(source, Path.of(to));
    } else {
      send(Path.of(from), target);
    }
    return 0;
  }

  /** A word with a colon, unless a slash before it says that it is a local path. */
  private Remote remote(String word) {
    int colon = word.indexOf(':');
    if (colon <= 0 || word.startsWith("/") || word.startsWith(".")) {
      return null;
    }
    var pod = word.substring(0, colon);
    var path = word.substring(colon + 1);
    if (path.isEmpty()) {
      throw new CommandException("a path is needed after the colon of " + word);
    }
    int slash = pod.indexOf('/');
    if (slash > 0 && slash == pod.lastIndexOf('/')) {
      return new Remote(Namespaced.in(pod.substring(0, slash)), pod.substring(slash + 1), path);
    }
    return new Remote(namespace.namespace(), pod, path);
  }

  private void fetch(Remote source, Path target) throws IOException {
    var local = Files.isDirectory(target) ? target.resolve(source.base()) : target;
    var path =
        exec(source, false, List.of("tar", "cf", "-", "-C", source.folder(), "--", source.base()));
    var archive = new PipedInputStream(PIPE_BYTES);
    var out = new PipedOutputStream(archive);
    var session = inThread(() -> session(path, null, out));
    var extraction = new TarExtraction(source.base(), local, this::warn);
    IOException broken = null;
    boolean found = false;
    try (archive) {
      found = extraction.extract(archive);
      archive.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      broken = e;
    }
    end(session, broken);
    if (!found) {
      throw new CommandException("there was nothing in what " + source.pod() + " sent");
    }
  }

  private void send(Path source, Remote target) throws IOException {
    if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandException("the path \"" + source + "\" does not exist");
    }
    var into = isFolder(target) ? child(target, source) : target;
    var command =
        noPreserve
            ? List.of(
                "tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-", "-C", into.folder())
            : List.of("tar", "-xmf", "-", "-C", into.folder());
    var path = exec(target, true, command);
    var archive = new PipedInputStream(PIPE_BYTES);
    var out = new PipedOutputStream(archive);
    var session = inThread(() -> session(path, archive, OutputStream.nullOutputStream()));
    IOException broken = null;
    try (var tar = new TarWriter(out)) {
      tar.add(source, into.base());
    } catch (IOException e) {
      broken = e;
    }
    end(session, broken);
  }

  private static Remote child(Remote folder, Path source) {
    var name = source.toAbsolutePath().normalize().getFileName();
    return new Remote(folder.where(), folder.pod(), folder.path() + "/" + name);
  }

  private boolean isFolder(Remote target) throws IOException {
    if (target.path().endsWith("/")) {
      return true;
    }
    var nothing = OutputStream.nullOutputStream();
    var test = exec(target, false, List.of("test", "-d", target.path()));
    try {
      return new RemoteSession(context).run(test, null, nothing, nothing) == 0;
    } catch (CommandException noSuchProgram) {
      return false;
    }
  }

  private String exec(Remote remote, boolean stdin, List<String> command) throws IOException {
    var path = ResourceType.POD.path(remote.where(), remote.pod());
    if (container == null) {
      container = PodContainer.defaultOf(context, api.get(path));
    }
    var query = RemoteSession.streams(stdin, false);
    query.put("container", container);
    var target = new StringBuilder(path + "/exec" + KubeApi.query(query));
    command.forEach(word -> target.append("&command=").append(HttpRequest.encode(word)));
    return target.toString();
  }

  private void session(String path, InputStream in, OutputStream out) throws IOException {
    try (out) {
      int status = new RemoteSession(context).run(path, in, out, context.err());
      if (status != 0) {
        throw new CommandException(
            "the container's tar ended with exit code " + status + ", as it says above");
      }
    } finally {
      if (in != null) {
        in.close();
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static CompletableFuture<Void> inThread(Work work) {
    var end = new CompletableFuture<Void>();
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
                end.complete(null);
              } catch (IOException | RuntimeException e) {
                end.completeExceptionally(e);
              }
            },
            "session");
    thread.setDaemon(true);
    thread.start();
    return end;
  }

  /** What the container's end says is the cause of what broke at this one. */
  private static void end(CompletableFuture<Void> session, IOException broken) throws IOException {
    try {
      session.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
    if (broken != null) {
      throw broken;
    }
  }

  private void warn(String text) {
    context.err().println(text);
    context.err().flush();
  }
}

package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that names manifests. */
public final class FilesOption {

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      split = ",",
      description = "A manifest, a folder of them, a URL, or - for stdin; may be repeated.")
  private List<String> files;

  public boolean isGiven() {
    return files != null;
  }

  /** What is done with one object. */
  @FunctionalInterface
  public interface Work {
    void run(Map<String, Object> object) throws IOException;
  }

  /**
   * Does the same with every object. As kubectl does, what is refused is told with its file and
   * does not keep the others back.
   *
   * @param doing as in "error when creating"
   * @return the exit status
   */
  public int forEach(Context context, String doing, Work work) throws IOException {
    int status = 0;
    for (var file : new Manifests(context.in()).bySource(files).entrySet()) {
      var what = "error when " + doing + " \"" + file.getKey() + "\": ";
      for (var object : file.getValue()) {
        try {
          work.run(object);
        } catch (ServerException refused) {
          status = tell(context, refused.said(what));
        } catch (CommandException refused) {
          status = tell(context, what + refused.getMessage());
        }
      }
    }
    return status;
  }

  private static int tell(Context context, String refusal) {
    context.out().flush();
    context.err().println(refusal);
    context.err().flush();
    return 1;
  }

  /** The objects that they hold. */
  public List<Map<String, Object>> read(Context context) throws IOException {
    return new Manifests(context.in()).read(files);
  }
}

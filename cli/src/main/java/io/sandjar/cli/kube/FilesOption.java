package io.sandjar.cli.kube;

import io.sandjar.cli.Context;
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

  /** The objects that they hold. */
  public List<Map<String, Object>> read(Context context) throws IOException {
    return new Manifests(context.in()).read(files);
  }
}

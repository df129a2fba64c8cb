package bench;

import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Stream;

/**
 * Pull and unpack of a Debian image of about 200 MiB from a registry on loopback, through CRI, in
 * turns with containerd; and what a second image on the same base transfers.
 */
public final class Image {
  private static final double MIB = 1 << 20;

  private Image() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs");
    var first = new ArrayList<Double>();
    var firstTheirs = new ArrayList<Double>();
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    var shared = new ArrayList<Double>();
    var layout = Layouts.debian();
    try (var node = new BenchNode();
        var registry = new ImageRegistry(node);
        var peer = new ContainerdPeer(node, registry.certs());
        var daemon =
            BenchDaemon.launch(node, "image: {registryConfig: \"" + registry.certs() + "\"}")) {
      var big = registry.push(layout, "big");
      var onTop = registry.push(layout, "top");
      daemon.awaitListening();
      try (var caller = new CriClient(daemon.criSocket());
          var peerCaller = new CriClient(peer.socket())) {
        // The first pull of each loads its classes and pages.
        first.add(pull(caller, big));
        firstTheirs.add(pull(peerCaller, big));
        for (int run = 0; run < arguments.number("runs", 5); run++) {
          remove(caller, big);
          ours.add(pull(caller, big));
          remove(peerCaller, big);
          theirs.add(pull(peerCaller, big));
        }
        double before = blobs(daemon);
        pull(caller, onTop);
        shared.add((blobs(daemon) - before) / MIB);
        remove(caller, onTop);
        remove(caller, big);
      }
    }
    var peerSamples = new Samples(theirs);
    new Report("image")
        .row("containerd: the first pull", "ms", new Samples(firstTheirs))
        .row("sandjar: the first pull", "ms", new Samples(first))
        .row("containerd: pull and unpack", "ms", peerSamples)
        .row("sandjar: pull and unpack", "ms", new Samples(ours), peerSamples.median())
        .row("transferred for an image on the same base", "MiB", new Samples(shared), 1)
        .finish(arguments.json());
  }

  private static double pull(CriClient caller, String name) {
    long start = System.nanoTime();
    caller
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
    return (System.nanoTime() - start) / 1e6;
  }

  private static void remove(CriClient caller, String name) {
    caller
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(name))
                .build());
  }

  private static double blobs(BenchDaemon daemon) throws IOException {
    Path folder = daemon.root().resolve("image").resolve("blobs").resolve("sha256");
    try (Stream<Path> files = Files.list(folder)) {
      double bytes = 0;
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }
}

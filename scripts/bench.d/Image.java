package bench;

import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    var shared = new ArrayList<Double>();
    try (var registry = new ImageRegistry();
        var peer = new ContainerdPeer(registry.certs());
        var daemon =
            BenchDaemon.launch("image: {registryConfig: \"" + registry.certs() + "\"}")) {
      daemon.awaitListening();
      try (var caller = new CriCaller(daemon.criSocket());
          var peerCaller = new CriCaller(peer.socket())) {
        // The first pull of each loads its classes and pages.
        pull(caller, registry.big());
        pull(peerCaller, registry.big());
        for (int run = 0; run < arguments.number("runs", 5); run++) {
          remove(caller, registry.big());
          ours.add(pull(caller, registry.big()));
          remove(peerCaller, registry.big());
          theirs.add(pull(peerCaller, registry.big()));
        }
        double before = blobs(daemon);
        pull(caller, registry.onTop());
        shared.add((blobs(daemon) - before) / MIB);
        remove(caller, registry.onTop());
        remove(caller, registry.big());
      }
    }
    var peerSamples = new Samples(theirs);
    new Report("image")
        .row("containerd: pull and unpack", "ms", peerSamples)
        .row("sandjar: pull and unpack", "ms", new Samples(ours), peerSamples.median())
        .row("transferred for an image on the same base", "MiB", new Samples(shared), 1)
        .finish(arguments.json());
  }

  private static double pull(CriCaller caller, String name) {
    long start = System.nanoTime();
    caller
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
    return (System.nanoTime() - start) / 1e6;
  }

  private static void remove(CriCaller caller, String name) {
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

package io.sandjar.runtime.daemon;

import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.Build;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.tomlj.Toml;

/**
 * Starts the daemon once in a folder of its own and asks it a few things, so that the JVM learns
 * which classes that takes and writes them to its archive. Run by the build, in namespaces of its
 * own: it makes a bridge and cgroups.
 */
public final class Rehearsal {

  private static final String CONFIG = "cgroup: {parent: /sandjar-rehearsal}\n";

  private static final String CLASS = ".class";

  private Rehearsal() {}

  public static void main(String[] arguments) throws Exception {
    var folder = Path.of(arguments[0]);
    Files.createDirectories(folder);
    var config =
        Flags.parse(
                List.of(
                    "--root=" + folder.resolve("root"),
                    "--state=" + folder.resolve("run"),
                    "--config=" + Files.writeString(folder.resolve("config.yaml"), CONFIG)))
            .config();
    var daemon = Daemon.start(config, Build.current());
    try {
      askCri(config.listen());
      askHttp(config.httpListen(), "/readyz");
      askHttp(config.httpListen(), "/metrics");
      askHttp(config.httpListen(), "/version");
      askHttp(config.httpListen(), "/api/v1/pods");
      Files.write(Path.of(arguments[1]), loadTheRest());
    } finally {
      daemon.close();
    }
  }

  /**
   * What pods and pulls take, which a start alone does not.
   *
   * @return lines for the list of what to archive, of which the JVM does not know
   */
  private static List<String> loadTheRest() throws Exception {
    var lambdas = new ArrayList<String>();
    for (var part : List.of(Rehearsal.class, PodNetwork.class, RuntimeServiceGrpc.class)) {
      try (var jar =
          new JarFile(part.getProtectionDomain().getCodeSource().getLocation().getPath())) {
        for (var file : jar.stream().map(JarEntry::getName).filter(Rehearsal::isClass).toList()) {
          var name = file.substring(0, file.length() - CLASS.length()).replace('/', '.');
          Class.forName(name, false, part.getClassLoader());
          lambdas.addAll(LambdaLines.of(jar.getInputStream(jar.getEntry(file))));
        }
      }
    }
    for (var service :
        List.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())) {
      for (var rpc : service.getMethods()) {
        rpc.parseRequest(InputStream.nullInputStream());
        rpc.parseResponse(InputStream.nullInputStream());
      }
    }
    Toml.parse("[host.\"http://a.test\"]\ncapabilities = [\"pull\"]");
    HttpClient.newHttpClient();
    return lambdas;
  }

  private static boolean isClass(String file) {
    return file.endsWith(CLASS) && !file.endsWith("-info.class");
  }

  private static void askCri(Path socket) {
    var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioDomainSocketChannel.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(loops)
            .usePlaintext()
            .build();
    try {
      var runtime = RuntimeServiceGrpc.newBlockingStub(channel);
      runtime.version(VersionRequest.getDefaultInstance());
      runtime.status(StatusRequest.newBuilder().setVerbose(true).build());
    } finally {
      channel.shutdownNow();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static void askHttp(Path socket, String path) throws Exception {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      var request = "GET " + path + " HTTP/1.1\r\nHost: sandjar\r\nConnection: close\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      var answer = ByteBuffer.allocate(4096);
      while (channel.read(answer.clear()) >= 0) {
        // only that it answers counts here
      }
    }
  }
}

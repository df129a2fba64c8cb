package io.sandjar.runtime.api;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The Kubernetes API on a loopback port, over a store of its own and without a node behind it. */
final class ApiServer implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final HttpServer http;
  private final ObjectStore store;
  private final InetSocketAddress address;

  ApiServer(Path folder) throws Exception {
    Schema schema = Schema.coreV1();
    store = new ObjectStore(folder, InstantSource.system());
    for (String name : List.of("default", "kube-system")) {
      if (store.find(new ObjectKey("Namespace", "", name)).isEmpty()) {
        store.create(
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Namespace",
                "metadata",
                Map.of("name", name),
                "status",
                Map.of("phase", "Active")),
            ObjectStore.Durability.DAEMON);
      }
    }
    var router = new Router();
    new HealthRoutes(Build.current()).addTo(router);
    new KubernetesApi(
            schema, store, new Admission(schema), InstantSource.system(), "test", List.of())
        .register(router);
    http = new HttpServer(router, loops, workers);
    address = http.listen(new InetSocketAddress("127.0.0.1", 0), null);
  }

  String url() {
    return "http://127.0.0.1:" + address.getPort();
  }

  ObjectStore store() {
    return store;
  }

  @Override
  public void close() {
    store.close();
    http.close();
    workers.shutdownNow();
    loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** For trying it by hand: {@code java ... ApiServer FOLDER}. */
  public static void main(String[] args) throws Exception {
    var server = new ApiServer(Path.of(args[0]));
    System.out.println(server.url());
    Thread.currentThread().join();
  }
}

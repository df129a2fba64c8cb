package io.sandjar.runtime.cri;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.NetworkConfig;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.RuntimeConfig;
import io.sandjar.cri.v1.UpdateRuntimeConfigRequest;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What tests of a whole node's network ask it, and the machine. */
abstract class OnNetwork extends OnNode {
  static final String NETWORK = "/apis/sandjar.io/v1/network";
  static final int PATIENCE_SECONDS = 60;
  static final Random RANDOM = new Random();

  static String randomPrefix() {
    return "10.%d.%d.".formatted(200 + RANDOM.nextInt(50), RANDOM.nextInt(256));
  }

  static void choose(String podCidr) {
    node.runtime()
        .updateRuntimeConfig(
            UpdateRuntimeConfigRequest.newBuilder()
                .setRuntimeConfig(
                    RuntimeConfig.newBuilder()
                        .setNetworkConfig(NetworkConfig.newBuilder().setPodCidr(podCidr)))
                .build());
  }

  static String addressOf(String pod) {
    return status(pod).getNetwork().getIp();
  }

  static PodSandboxStatus status(String pod) {
    return node.runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .getStatus();
  }

  static PlainHttp api() {
    return PlainHttp.on(folder.resolve("run/api.sock"));
  }

  static Map<String, Object> network() throws IOException {
    return JSON.std.mapFrom(api().get(NETWORK).body());
  }

  static List<?> items(String path) throws IOException {
    return (List<?>) JSON.std.mapFrom(api().get(NETWORK + path).body()).get("items");
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.sandjar.netbridge.cni;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the plugins of a CNI network in the order that the specification asks for: forwards for ADD
 * and CHECK, backwards for DEL, each told the result of the one before.
 */
public final class CniNetwork {
  private static final String PREVIOUS_RESULT = "prevResult";
  private static final String VALID_ATTACHMENTS = "cni.dev/valid-attachments";

  private final PluginExecution plugins;
  private final ResultCache cache;

  public CniNetwork(List<Path> binaryDirs, ResultCache cache, Duration timeout) {
    this.plugins = new PluginExecution(binaryDirs, timeout);
    this.cache = cache;
  }

  /** Attaches a container and keeps the result; nothing is undone where a plugin fails. */
  public CniResult add(NetworkConfiguration network, CniAttachment attachment) throws CniException {
    Map<String, Object> result = Map.of();
    for (PluginConfiguration plugin : network.plugins()) {
      result =
          plugins.run(
              "ADD",
              plugin.type(),
              attachment,
              plugin.input(network, attachment.capabilityArgs(), previous(result)));
    }
    cache.put(new ResultCache.Entry(network, attachment, result));
    return CniResult.of(result, attachment.ifName());
  }

  /** Asks every plugin whether its part is still there. */
  public void check(NetworkConfiguration network, CniAttachment attachment) throws CniException {
    if (network.disableCheck() || !network.version().hasCheck()) {
      return;
    }
    Optional<ResultCache.Entry> added =
        cache.get(network.name(), attachment.containerId(), attachment.ifName());
    if (added.isEmpty()) {
      throw new CniException(
          "CNI CHECK of "
              + attachment.containerId()
              + " on network "
              + network.name()
              + ": there is no result of its ADD");
    }
    for (PluginConfiguration plugin : network.plugins()) {
      plugins.run(
          "CHECK",
          plugin.type(),
          attachment,
          plugin.input(network, attachment.capabilityArgs(), previous(added.get().result())));
    }
  }

  /**
   * Detaches a container, with the configuration and the arguments of its ADD where these were
   * kept: today's file may be another network's. Detaching twice is no error.
   */
  public void delete(NetworkConfiguration network, CniAttachment attachment) throws CniException {
    ResultCache.Entry entry =
        cache
            .get(network.name(), attachment.containerId(), attachment.ifName())
            .map(
                kept ->
                    new ResultCache.Entry(
                        kept.network(),
                        new CniAttachment(
                            attachment.containerId(),
                            attachment.netns(),
                            attachment.ifName(),
                            kept.attachment().args(),
                            kept.attachment().capabilityArgs()),
                        kept.result()))
            .orElse(new ResultCache.Entry(network, attachment, Map.of()));
    Map<String, Object> extra =
        entry.network().version().hasCheck() ? previous(entry.result()) : Map.of();
    List<PluginConfiguration> chain = entry.network().plugins();
    for (int i = chain.size() - 1; i >= 0; i--) {
      PluginConfiguration plugin = chain.get(i);
      plugins.run(
          "DEL",
          plugin.type(),
          entry.attachment(),
          plugin.input(entry.network(), entry.attachment().capabilityArgs(), extra));
    }
    cache.remove(entry);
  }

  /**
   * Removes what containers left behind that are not in {@code valid}: a DEL for each that the
   * cache knows, then GC for what only the plugins know. Goes on after a failure and reports all.
   */
  public void collect(NetworkConfiguration network, List<CniAttachment> valid) throws CniException {
    List<CniException> failures = new ArrayList<>();
    for (ResultCache.Entry entry : cache.all()) {
      if (entry.network().name().equals(network.name())
          && valid.stream().noneMatch(each -> isSame(each, entry.attachment()))) {
        try {
          delete(entry.network(), entry.attachment().withoutNetns());
        } catch (CniException e) {
          failures.add(e);
        }
      }
    }
    if (network.version().hasGcAndStatus() && !network.disableGc()) {
      List<Map<String, Object>> attachments = new ArrayList<>();
      for (CniAttachment each : valid) {
        attachments.add(Map.of("containerID", each.containerId(), "ifname", each.ifName()));
      }
      for (PluginConfiguration plugin : network.plugins()) {
        try {
          plugins.run(
              "GC",
              plugin.type(),
              plugin.input(network, Map.of(), Map.of(VALID_ATTACHMENTS, attachments)));
        } catch (CniException e) {
          failures.add(e);
        }
      }
    }
    if (!failures.isEmpty()) {
      CniException first = failures.get(0);
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  /**
   * Whether a pod could be attached now: every plugin is installed and, where the version has
   * STATUS, says so itself.
   */
  public void status(NetworkConfiguration network) throws CniException {
    for (PluginConfiguration plugin : network.plugins()) {
      plugins.find(plugin.type());
    }
    if (network.version().hasGcAndStatus()) {
      for (PluginConfiguration plugin : network.plugins()) {
        plugins.run("STATUS", plugin.type(), plugin.input(network, Map.of(), Map.of()));
      }
    }
  }

  private static boolean isSame(CniAttachment one, CniAttachment other) {
    return one.containerId().equals(other.containerId()) && one.ifName().equals(other.ifName());
  }

  private static Map<String, Object> previous(Map<String, Object> result) {
    Map<String, Object> extra = new LinkedHashMap<>();
    if (!result.isEmpty()) {
      extra.put(PREVIOUS_RESULT, result);
    }
    return extra;
  }
}

package io.sandjar.runtime.pod.plan;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where a pod's files lie: volumes, hosts, termination messages under the root; logs beside. */
public final class PodFolders {
  private final Path pods;
  private final Path logs;

  /**
   * @param pods holds a folder a pod, named by its uid
   * @param logs holds a folder a pod, named as the kubelet does
   */
  public PodFolders(Path pods, Path logs) {
    this.pods = pods;
    this.logs = logs;
  }

  /** The pods that the disk has anything of but logs. */
  public List<String> uids() throws IOException {
    if (!Files.isDirectory(pods)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(pods)) {
      return all.map(folder -> folder.getFileName().toString()).toList();
    }
  }

  public Path of(String uid) {
    return pods.resolve(uid);
  }

  public Path volume(String uid, String name) {
    return of(uid).resolve("volumes").resolve(name);
  }

  public Path hosts(String uid) {
    return of(uid).resolve("etc-hosts");
  }

  /** The file that a container writes its last words into. */
  public Path terminationMessage(String uid, String container, int attempt) {
    return of(uid).resolve("containers").resolve(container).resolve(attempt + ".message");
  }

  /** NAMESPACE_NAME_UID, as every log collector expects it. */
  public Path logs(Map<String, Object> pod) {
    Map<String, Object> metadata = Trees.object(pod, "metadata");
    return logs.resolve(
        Trees.string(metadata, "namespace", "")
            + "_"
            + Trees.string(metadata, "name", "")
            + "_"
            + Trees.string(metadata, "uid", ""));
  }

  /** Removes the logs of a pod of which only the uid is known any more. */
  public void removeLogs(String uid) throws IOException {
    if (!uid.isEmpty() && Files.isDirectory(logs)) {
      try (DirectoryStream<Path> ofPod = Files.newDirectoryStream(logs, "*_" + uid)) {
        for (Path folder : ofPod) {
          FolderTree.delete(folder);
        }
      }
    }
  }

  /** Below the pod's log folder: CONTAINER/ATTEMPT.log. */
  public static String logPath(String container, int attempt) {
    return container + "/" + attempt + ".log";
  }
}

package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Creates an object, or only shows what would be created, and says so. */
final class Creation {
  private final Context context;
  private final KubeApi api;
  private final DryRunOption dryRun;
  private final OutputOption output;

  Creation(Context context, DryRunOption dryRun, OutputOption output) {
    this.context = context;
    this.api = new KubeApi(context);
    this.dryRun = dryRun;
    this.output = output;
  }

  /** What is there afterwards; the object as given where nothing is changed. */
  Map<String, Object> create(ObjectRef where, Map<String, Object> object) throws IOException {
    var query = new LinkedHashMap<String, String>();
    dryRun.addTo(query);
    var created =
        dryRun.isClient()
            ? object
            : api.create(where.type().path(where.where()) + KubeApi.query(query), object);
    if (output.isTable()) {
      var name = KubeApi.metadata(created, "name");
      context.out().println(where.type().singular() + "/" + name + " created" + dryRun.suffix());
    } else {
      ObjectOutput.dropManagedFields(created);
      context.out().print(ObjectOutput.text(output.format(), created));
    }
    context.out().flush();
    return created;
  }

  /** An object's beginning, as kubectl writes it; the namespace only where one is meant. */
  static Map<String, Object> object(String kind, Map<String, Object> metadata) {
    var object = new LinkedHashMap<String, Object>();
    object.put("apiVersion", "v1");
    object.put("kind", kind);
    var complete = new LinkedHashMap<String, Object>(metadata);
    complete.put("creationTimestamp", null);
    object.put("metadata", complete);
    return object;
  }
}

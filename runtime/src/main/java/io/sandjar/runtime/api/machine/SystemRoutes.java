package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import java.util.Map;
import java.util.function.Supplier;

/** The machine as a whole: what it is, what is wrong with it, and what is on its disk. */
public final class SystemRoutes {
  private static final String BASE = "/apis/sandjar.io/v1";

  private final Supplier<Map<String, Object>> info;
  private final Supplier<Map<String, Object>> doctor;
  private final DiskUse disk;

  /**
   * @param info how this node is set up
   * @param doctor what was found wrong with it
   */
  public SystemRoutes(
      Supplier<Map<String, Object>> info, Supplier<Map<String, Object>> doctor, DiskUse disk) {
    this.info = info;
    this.doctor = doctor;
    this.disk = disk;
  }

  public void addTo(Router router) {
    router.get(BASE + "/info", request -> Response.json(info.get()));
    router.get(BASE + "/doctor", request -> Response.json(doctor.get()));
    router.get(BASE + "/system/df", request -> Response.json(Map.of("items", disk.lines())));
    router.post(BASE + "/system/prune", request -> Response.json(disk.prune(request.flag("all"))));
  }
}

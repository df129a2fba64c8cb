package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.KeyValue;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.SupplementalGroupsPolicy;
import io.sandjar.runtime.container.ContainerName;
import io.sandjar.runtime.container.ContainerSecurity;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.container.DefaultPaths;
import io.sandjar.runtime.container.DeviceSpec;
import io.sandjar.runtime.container.EnvironmentVariable;
import io.sandjar.runtime.container.ImageChoice;
import io.sandjar.runtime.container.MountSpec;
import io.sandjar.runtime.sandbox.SecurityProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and checks what a CreateContainer request asks for. */
final class ContainerSpecs {
  private static final String SECURITY = "config.linux.security_context";

  private ContainerSpecs() {}

  static ContainerSpec read(ContainerConfig config) {
    Fields.require(config.hasMetadata(), "config.metadata");
    if (config.getCDIDevicesCount() > 0) {
      throw Fields.invalid(
          "config.CDI_devices", "CDI devices are not supported; name them in config.devices");
    }
    return new ContainerSpec(
        new ContainerName(
            Fields.required("config.metadata.name", config.getMetadata().getName()),
            config.getMetadata().getAttempt()),
        image("config.image", config.getImage()),
        config.getCommandList(),
        config.getArgsList(),
        Fields.absolute("config.working_dir", config.getWorkingDir()),
        environment(config.getEnvsList()),
        mounts(config),
        devices(config),
        config.getLabelsMap(),
        config.getAnnotationsMap(),
        Fields.below("config.log_path", config.getLogPath()),
        config.getStdin(),
        config.getStdinOnce(),
        config.getTty(),
        ResourceSpecs.read("config.linux.resources", config.getLinux().getResources()),
        security(config),
        StopSignals.read("config.stop_signal", config.getStopSignal()));
  }

  static ImageChoice image(String field, ImageSpec image) {
    return new ImageChoice(
        Fields.required(field + ".image", image.getImage()),
        image.getUserSpecifiedImage(),
        image.getRuntimeHandler(),
        image.getAnnotationsMap());
  }

  private static List<EnvironmentVariable> environment(List<KeyValue> envs) {
    List<EnvironmentVariable> environment = new ArrayList<>();
    for (KeyValue env : envs) {
      if (env.getKey().isEmpty() || env.getKey().indexOf('=') >= 0) {
        throw Fields.invalid(
            "config.envs", '"' + env.getKey() + "\" is not the name of a variable");
      }
      String value = env.getValue().toStringUtf8();
      if (env.getKey().indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
        throw Fields.invalid("config.envs[" + env.getKey() + "]", "cannot hold a NUL");
      }
      environment.add(new EnvironmentVariable(env.getKey(), value));
    }
    return environment;
  }

  private static List<MountSpec> mounts(ContainerConfig config) {
    List<MountSpec> mounts = new ArrayList<>();
    for (int i = 0; i < config.getMountsCount(); i++) {
      mounts.add(mount("config.mounts[" + i + ']', config.getMounts(i)));
    }
    return mounts;
  }

  private static MountSpec mount(String field, io.sandjar.cri.v1.Mount mount) {
    boolean ofImage = mount.hasImage() && !mount.getImage().getImage().isEmpty();
    if (ofImage && !mount.getHostPath().isEmpty()) {
      throw Fields.invalid(field, "host_path and image exclude each other");
    }
    if (!ofImage && !mount.getImageSubPath().isEmpty()) {
      throw Fields.invalid(field + ".image_sub_path", "needs an image");
    }
    if (mount.getRecursiveReadOnly()) {
      if (!mount.getReadonly()) {
        throw Fields.invalid(field + ".recursive_read_only", "needs readonly");
      }
      if (mount.getPropagation() != io.sandjar.cri.v1.MountPropagation.PROPAGATION_PRIVATE) {
        throw Fields.invalid(field + ".recursive_read_only", "needs propagation private");
      }
    }
    return new MountSpec(
        Fields.required(field + ".container_path", mount.getContainerPath()),
        ofImage ? "" : Fields.requiredAbsolute(field + ".host_path", mount.getHostPath()),
        mount.getReadonly(),
        mount.getRecursiveReadOnly(),
        mount.getSelinuxRelabel(),
        switch (mount.getPropagation()) {
          case PROPAGATION_PRIVATE -> MountSpec.Propagation.PRIVATE;
          case PROPAGATION_HOST_TO_CONTAINER -> MountSpec.Propagation.HOST_TO_CONTAINER;
          case PROPAGATION_BIDIRECTIONAL -> MountSpec.Propagation.BIDIRECTIONAL;
          case UNRECOGNIZED -> throw Fields.invalid(field + ".propagation", "unknown mode");
        },
        SecuritySpecs.idRanges(mount.getUidMappingsList()),
        SecuritySpecs.idRanges(mount.getGidMappingsList()),
        ofImage ? Optional.of(image(field + ".image", mount.getImage())) : Optional.empty(),
        ofImage ? Fields.below(field + ".image_sub_path", mount.getImageSubPath()) : "");
  }

  private static List<DeviceSpec> devices(ContainerConfig config) {
    List<DeviceSpec> devices = new ArrayList<>();
    for (int i = 0; i < config.getDevicesCount(); i++) {
      var device = config.getDevices(i);
      String field = "config.devices[" + i + ']';
      if (!device.getPermissions().matches("[rwm]*")) {
        throw Fields.invalid(
            field + ".permissions", '"' + device.getPermissions() + "\": use r, w and m");
      }
      String hostPath = Fields.requiredAbsolute(field + ".host_path", device.getHostPath());
      devices.add(
          new DeviceSpec(
              device.getContainerPath().isEmpty() ? hostPath : device.getContainerPath(),
              hostPath,
              device.getPermissions().isEmpty() ? "rwm" : device.getPermissions()));
    }
    return devices;
  }

  private static ContainerSecurity security(ContainerConfig config) {
    LinuxContainerSecurityContext context = config.getLinux().getSecurityContext();
    if (context.hasRunAsGroup()
        && !context.hasRunAsUser()
        && context.getRunAsUsername().isEmpty()) {
      throw Fields.invalid(SECURITY + ".run_as_group", "needs run_as_user or run_as_username");
    }
    // An empty list means unmasked, which only a client that knows security contexts can mean.
    boolean knowsPaths = config.getLinux().hasSecurityContext();
    return new ContainerSecurity(
        context.getPrivileged(),
        SecuritySpecs.namespaces(SECURITY + ".namespace_options", context.getNamespaceOptions()),
        SecuritySpecs.id(SECURITY + ".run_as_user", context.hasRunAsUser(), context.getRunAsUser()),
        SecuritySpecs.id(
            SECURITY + ".run_as_group", context.hasRunAsGroup(), context.getRunAsGroup()),
        context.getRunAsUsername(),
        SecuritySpecs.groups(
            SECURITY + ".supplemental_groups", context.getSupplementalGroupsList()),
        context.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Strict,
        context.getReadonlyRootfs(),
        context.getNoNewPrivs(),
        context.getCapabilities().getAddCapabilitiesList(),
        context.getCapabilities().getDropCapabilitiesList(),
        context.getCapabilities().getAddAmbientCapabilitiesList(),
        knowsPaths ? context.getMaskedPathsList() : DefaultPaths.MASKED,
        knowsPaths ? context.getReadonlyPathsList() : DefaultPaths.READONLY,
        SecuritySpecs.profile(
            SECURITY + ".seccomp",
            context.hasSeccomp(),
            context.getSeccomp(),
            context.getSeccompProfilePath(),
            SecurityProfile.UNCONFINED),
        SecuritySpecs.profile(
            SECURITY + ".apparmor",
            context.hasApparmor(),
            context.getApparmor(),
            context.getApparmorProfile(),
            SecurityProfile.RUNTIME_DEFAULT),
        SecuritySpecs.selinux(context.hasSelinuxOptions(), context.getSelinuxOptions()));
  }
}

package io.sandjar.runtime.linux.cgroup;

import java.util.List;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.Variant;

/** The calls of systemd's manager that cgroups need, as org.freedesktop.systemd1(5) has them. */
@DBusInterfaceName("org.freedesktop.systemd1.Manager")
public interface SystemdManager extends DBusInterface {

  DBusPath StartTransientUnit(
      String name, String mode, List<Property> properties, List<AuxiliaryUnit> auxiliary);

  DBusPath StopUnit(String name, String mode);

  void SetUnitProperties(String name, boolean runtime, List<Property> properties);

  void ResetFailedUnit(String name);

  void Subscribe();

  /** A unit's setting. */
  final class Property extends Struct {
    @Position(0)
    public final String name;

    @Position(1)
    public final Variant<?> value;

    public Property(String name, Variant<?> value) {
      this.name = name;
      this.value = value;
    }
  }

  /** A further unit to start along; none is here. */
  final class AuxiliaryUnit extends Struct {
    @Position(0)
    public final String name;

    @Position(1)
    public final List<Property> properties;

    public AuxiliaryUnit(String name, List<Property> properties) {
      this.name = name;
      this.properties = properties;
    }
  }

  /** Told when a job has ended, as {@code done} or otherwise. */
  class JobRemoved extends DBusSignal {
    public final String unit;
    public final String result;

    public JobRemoved(String path, UInt32 id, DBusPath job, String unit, String result)
        throws DBusException {
      super(path, id, job, unit, result);
      this.unit = unit;
      this.result = result;
    }
  }
}

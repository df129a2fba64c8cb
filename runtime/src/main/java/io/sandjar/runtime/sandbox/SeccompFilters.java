package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.launch.Seccomp;
import io.sandjar.runtime.linux.seccomp.SeccompCompiler;
import io.sandjar.runtime.linux.seccomp.SeccompFilter;
import io.sandjar.runtime.linux.seccomp.SeccompProfile;
import io.sandjar.runtime.linux.seccomp.SeccompProfileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Turns the profile that a security context names into a filter for the kernel. */
public final class SeccompFilters {
  private final SeccompCompiler compiler;
  private final Path profiles;

  /**
   * @param profiles the folder of the profiles that are not named by an absolute path
   */
  public SeccompFilters(SeccompCompiler compiler, Path profiles) {
    this.compiler = compiler;
    this.profiles = profiles;
  }

  /**
   * @param capabilities the process's, as a mask: a profile may allow more to one that has more
   * @return empty for no filter
   */
  public Optional<Seccomp> filter(SecurityProfile profile, long capabilities) throws IOException {
    return switch (profile.kind()) {
      case UNCONFINED -> Optional.empty();
      case RUNTIME_DEFAULT -> Optional.of(ready(compiler.runtimeDefault(capabilities)));
      case LOCALHOST -> Optional.of(ready(localhost(profile.localhostRef(), capabilities)));
    };
  }

  private SeccompFilter localhost(String name, long capabilities) throws IOException {
    Path file = profiles.resolve(name);
    try {
      return compiler.compile(SeccompProfile.parse(Files.readString(file)), capabilities);
    } catch (NoSuchFileException missing) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "the seccomp profile " + file + " does not exist", missing);
    } catch (SeccompProfileException wrong) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "the seccomp profile " + file + ": " + wrong.getMessage(), wrong);
    }
  }

  private static Seccomp ready(SeccompFilter filter) {
    return new Seccomp(filter.program(), filter.flags());
  }
}

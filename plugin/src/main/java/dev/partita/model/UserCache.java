package dev.partita.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The folder in which Partita keeps what it would otherwise make in each process. */
public final class UserCache {

  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private UserCache() {}

  /**
   * {@code PARTITA_CACHE}, {@code XDG_CACHE_HOME/partita} or {@code ~/.cache/partita}, as for the
   * launchers; null where there is none that only the user can write to.
   */
  public static @Nullable Path folder() {
    String named = System.getenv("PARTITA_CACHE");
    if (named != null && !named.isEmpty()) {
      return ownFolder(Path.of(named));
    }
    String shared = System.getenv("XDG_CACHE_HOME");
    if (shared != null && !shared.isEmpty()) {
      return ownFolder(Path.of(shared, "partita"));
    }
    String home = System.getenv("HOME");
    return home == null || home.isEmpty() ? null : ownFolder(Path.of(home, ".cache", "partita"));
  }

  /**
   * A folder that is made if it is not there; null if it cannot be made, or if others than its
   * owner, this user, may write to it: a library from there would be theirs.
   */
  public static @Nullable Path ownFolder(Path folder) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWN));
      }
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
      boolean own =
          permissions.stream().noneMatch(OF_OTHERS::contains)
              && Files.getOwner(folder).getName().equals(System.getProperty("user.name"));
      return own ? folder.toRealPath() : null;
    } catch (IOException | UnsupportedOperationException unusable) {
      return null;
    }
  }
}

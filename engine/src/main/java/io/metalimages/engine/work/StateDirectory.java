package io.metalimages.engine.work;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * Where everything is kept that saves work the next time. All of it may be deleted at any time and costs only time; any
 * number of processes may use it at once.
 *
 * <p>It is closed to the machine's other users: an image's set-user-id programs lie in it, and so do build arguments.
 *
 * @param root absolute
 */
public record StateDirectory(Path root) {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    /**
     * For files that may hold build arguments or the address of an archive with its password: their directory is closed to
     * others, but files are moved and copied.
     */
    public static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    public StateDirectory {
        root = root.toAbsolutePath().normalize();
    }

    /**
     * The directory that {@code METAL_IMAGES_STATE} names, else {@code /var/lib/metal-images} for root, else the one of
     * the XDG base directory specification.
     */
    public static StateDirectory fromEnvironment(Map<String, String> environment, boolean root) {
        String named = environment.getOrDefault("METAL_IMAGES_STATE", "");
        if (!named.isEmpty()) {
            return new StateDirectory(Path.of(named));
        }
        if (root) {
            return new StateDirectory(Path.of("/var/lib/metal-images"));
        }
        String stateHome = environment.getOrDefault("XDG_STATE_HOME", "");
        Path home = stateHome.isEmpty()
                ? Path.of(environment.getOrDefault("HOME", "."), ".local", "state")
                : Path.of(stateHome);
        return new StateDirectory(home.resolve("metal-images"));
    }

    public Path snapshots() {
        return made("snapshots");
    }

    /** Which snapshot an operation made, by the operation's key. */
    public Path actions() {
        return made("actions");
    }

    /** Directories that containers keep from one run to the next. */
    public Path caches() {
        return made("caches");
    }

    /** The output of every step, by the step's key. */
    public Path logs() {
        return made("logs");
    }

    /** File systems of steps that failed, for a look inside. */
    public Path failed() {
        return made("failed");
    }

    /** What the steps' inputs were last time, to explain why one has to run again. */
    public Path history() {
        return made("history");
    }

    /** Which content a base's name stands for. */
    public Path bases() {
        return made("bases");
    }

    /** What is known of the files that were fetched for {@code ADD}, by their addresses. */
    public Path downloads() {
        return made("downloads");
    }

    /** Compressed blocks of artifacts. */
    public Path blocks() {
        return made("blocks");
    }

    /** What is known of KVM on this machine. */
    public Path accelerations() {
        return made("accelerations");
    }

    /** What each artifact was made from, to know one that is up to date. */
    public Path artifacts() {
        return made("artifacts");
    }

    /** What is known of the images that have been given names. */
    public Path images() {
        return made("images");
    }

    public Path locks(String kind) {
        return made("locks/" + kind);
    }

    public Path work() {
        return made("work");
    }

    private Path made(String name) {
        Path directory = root.resolve(name);
        try {
            if (Files.isDirectory(root)) {
                closeToOthers(directory(name));
                if (isOurs()) {
                    closeToOthers(root);
                }
            } else {
                Files.createDirectories(root, PRIVATE);
            }
            return Files.createDirectories(directory, PRIVATE);
        } catch (FileSystemException e) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "The state directory " + directory + " could not be made: "
                            + (e instanceof AccessDeniedException ? "permission denied" : e.getMessage()) + ".",
                    "Name another one in the environment variable METAL_IMAGES_STATE.",
                    e);
        } catch (IOException e) {
            throw FaultException.failed("The state directory " + directory + " could not be made.", e);
        }
    }

    /** The directory directly below the root that {@code name} lies in. */
    private Path directory(String name) {
        return root.resolve(Path.of(name).getName(0));
    }

    /** Whether the root was made by this program, and is no directory that holds other things, too. */
    private boolean isOurs() {
        return Files.isDirectory(root.resolve("snapshots")) && Files.isDirectory(root.resolve("work"));
    }

    /** Writes a file anew; if it was not there, nobody else may read it. */
    public static OutputStream writePrivately(Path file) throws IOException {
        Set<StandardOpenOption> anew =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        return Channels.newOutputStream(Files.newByteChannel(file, anew, PRIVATE_FILE));
    }

    private static void closeToOthers(Path directory) throws IOException {
        if (Files.isDirectory(directory)
                && !Files.getPosixFilePermissions(directory).equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(directory, OWNER_ONLY);
        }
    }
}

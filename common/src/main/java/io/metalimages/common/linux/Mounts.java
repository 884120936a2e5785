package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Mounts of this process's mount namespace. Thread-safe. See mount(2) and the kernel's overlayfs documentation. */
public final class Mounts {

    private static final SystemCall MOUNT =
            new SystemCall("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final SystemCall UMOUNT = new SystemCall("umount2", JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall OPEN = new SystemCall("open", JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall CLOSE = new SystemCall("close", JAVA_INT, JAVA_INT);
    private static final SystemCall SYNCFS = new SystemCall("syncfs", JAVA_INT, JAVA_INT);
    private static final SystemCall UNSHARE = new SystemCall("unshare", JAVA_INT, JAVA_INT);
    private static final SystemCall CHDIR = new SystemCall("chdir", JAVA_INT, ADDRESS);

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** CLONE_FS: what a thread has of its own afterwards is, above all, its working directory. */
    private static final int OWN_WORKING_DIRECTORY = 0x200;

    private static final int DETACH = 2;
    private static final long READ_ONLY = 1;

    /** MS_NOSUID and MS_NODEV. */
    private static final long NO_PROGRAMS = 2 | 4;

    private static final int EINVAL = 22;

    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

    private Mounts() {}

    /**
     * Mounts an overlay that can be written to. What is written appears in {@code upper}, which afterwards may serve as
     * a lower directory of another overlay. Nothing is forced to disk ({@code volatile}) where the kernel offers that.
     *
     * @param lower the directories to show, the lowest first; at least one
     * @param work an empty directory on the file system of {@code upper}
     */
    public static void overlay(List<Path> lower, Path upper, Path work, Path target) throws IOException {
        try (Directories directories = new Directories()) {
            String options = "lowerdir=" + directories.topFirst(lower) + ",upperdir=" + directories.open(upper)
                    + ",workdir=" + directories.open(work) + privilegeOptions();
            SystemCall.Result result = directories.mount(target, options + ",volatile", 0);
            if (result.failed() && result.errno() == EINVAL) {
                result = directories.mount(target, options, 0);
            }
            if (result.failed()) {
                throw MOUNT.failure(target, result.errno());
            }
        }
    }

    /**
     * Mounts a read-only view of {@code lower}, the lowest first.
     *
     * @param lower at least two directories: an overlay of one is that directory
     */
    public static void overlayReadOnly(List<Path> lower, Path target) throws IOException {
        try (Directories directories = new Directories()) {
            String options = "lowerdir=" + directories.topFirst(lower) + privilegeOptions();
            SystemCall.Result result = directories.mount(target, options, READ_ONLY);
            if (result.failed()) {
                throw MOUNT.failure(target, result.errno());
            }
        }
    }

    /** Mounts an empty file system that lies in memory, and that only its owner may enter. */
    public static void memory(Path target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MOUNT.require(arena, target, "tmpfs", target, "tmpfs", NO_PROGRAMS, "mode=0700");
        }
    }

    /** Layers must stand on their own, so nothing may be kept by reference to a layer below. */
    private static String privilegeOptions() {
        return UserNamespace.isInitial() ? ",index=off,metacopy=off,redirect_dir=nofollow" : ",userxattr";
    }

    /** Unmounts {@code target}; files still open there stay usable until they are closed. */
    public static void unmount(Path target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            UMOUNT.require(arena, target, target, DETACH);
        }
    }

    /**
     * Unmounts whatever is mounted at or below {@code directory}, the deepest first. Does nothing if nothing is.
     */
    public static void unmountBelow(Path directory) throws IOException {
        for (Path target : mountedBelow(directory)) {
            unmount(target);
        }
    }

    /** What is mounted at or below {@code directory} in this mount namespace, the deepest first. */
    public static List<Path> mountedBelow(Path directory) throws IOException {
        Path prefix = Files.exists(directory) ? directory.toRealPath() : directory.toAbsolutePath();
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8)) {
            List<Path> targets = new ArrayList<>(lines.map(line -> Path.of(unescape(line.split(" ")[4])))
                    .filter(target -> target.startsWith(prefix))
                    .toList());
            targets.sort(Comparator.comparingInt(Path::getNameCount).reversed());
            return targets;
        }
    }

    private static String unescape(String mountPoint) {
        return OCTAL.matcher(mountPoint).replaceAll(match -> {
            String character = String.valueOf((char) Integer.parseInt(match.group(1), 8));
            return character.equals("\\") ? "\\\\\\\\" : character;
        });
    }

    /** Waits until everything written to the file system that holds {@code directory} is on disk. */
    public static void synchronise(Path directory) throws IOException {
        try (Directories directories = new Directories()) {
            int descriptor = directories.descriptor(directory);
            try (Arena arena = Arena.ofConfined()) {
                SYNCFS.require(arena, directory, descriptor);
            }
        }
    }

    /**
     * Directories named by descriptor while they are mounted. mount(2) takes no more than a page of options, into which the
     * paths of 500 directories don't fit; their numbers do, seen from {@code /proc/self/fd}.
     */
    private static final class Directories implements AutoCloseable {

        private final List<Integer> descriptors = new ArrayList<>();

        int descriptor(Path directory) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                int descriptor =
                        (int) OPEN.require(arena, directory, directory, OpenFlags.DIRECTORY | OpenFlags.CLOSE_ON_EXEC);
                descriptors.add(descriptor);
                return descriptor;
            }
        }

        String open(Path directory) throws IOException {
            return Integer.toString(descriptor(directory));
        }

        String topFirst(List<Path> lower) throws IOException {
            List<String> names = new ArrayList<>();
            for (Path directory : lower.reversed()) {
                names.add(open(directory));
            }
            return String.join(":", names);
        }

        /** Mounts from a thread whose working directory is no other thread's; waits for it even if it is interrupted. */
        SystemCall.Result mount(Path target, String options, long flags) throws IOException {
            Path absolute = target.toAbsolutePath();
            try {
                return CompletableFuture.supplyAsync(
                                () -> mountAmongDescriptors(absolute, options, flags),
                                mounting -> Thread.ofPlatform().name("mount").start(mounting))
                        .join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof UncheckedIOException failure ? failure.getCause() : new IOException(e);
            }
        }

        private static SystemCall.Result mountAmongDescriptors(Path target, String options, long flags) {
            try (Arena arena = Arena.ofConfined()) {
                UNSHARE.require(arena, DESCRIPTORS, OWN_WORKING_DIRECTORY);
                CHDIR.require(arena, DESCRIPTORS, DESCRIPTORS);
                return MOUNT.call(arena, "overlay", target, "overlay", flags, options);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                for (int descriptor : descriptors) {
                    CLOSE.require(arena, DESCRIPTORS.resolve(Integer.toString(descriptor)), descriptor);
                }
            }
        }
    }
}

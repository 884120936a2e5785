package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * This machine's dnf, which works on another root: it reads none of this machine's configuration, and knows the repositories
 * that a base is made from and the keys that their packages are signed with.
 */
final class Dnf {

    /** Where dnf keeps what it has fetched, below the root that it works on. */
    static final String CACHE = "var/cache/dnf";

    /** Where its configuration is, below the root that it works on. */
    private static final String CONFIGURATION = "var/cache/metal-images";

    /**
     * Gives the installed packages' programs the devices that every program expects, from a file system that is gone with
     * the namespace.
     */
    private static final String WITH_DEVICES = """
            root=$1; shift
            mkdir -p "$root/dev"
            mount -t tmpfs -o mode=755 tmpfs "$root/dev"
            for device in null zero full random urandom; do
                : >"$root/dev/$device"
                mount --bind "/dev/$device" "$root/dev/$device"
            done
            exec dnf "$@"
            """;

    private static final int MOST_REASONS = 8;

    private final RpmDistribution distribution;
    private final String release;
    private final Path keys;
    private final ProcessLauncher launcher;

    /** @param keys the file with those that packages have to be signed with */
    Dnf(RpmDistribution distribution, String release, Path keys, ProcessLauncher launcher) {
        this.distribution = distribution;
        this.release = release;
        this.keys = keys;
        this.launcher = launcher;
    }

    /**
     * Fetches what the repositories that a base is made from hold now.
     *
     * @param root an empty directory, or none yet
     * @throws FaultException if they can't be reached
     */
    List<RepositoryIndex> readIndexes(String archive, Path root) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("dnf"));
        command.addAll(arguments(archive, root));
        command.add("makecache");
        run(command, root, Instant.EPOCH, "read the archive of", line -> {});
        try (RootDirectory opened = RootDirectory.open(root)) {
            return indexes(archive, opened);
        }
    }

    /**
     * Installs packages with all that they need. What was fetched, and the configuration, stay in {@code var/cache}.
     *
     * @param root an empty directory
     * @param time the packages count as installed then
     * @throws FaultException if that fails, or a package is not signed by one of the keys
     */
    void install(String archive, Path root, Instant time, Consumer<String> output)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--",
                "sh",
                "-euc",
                WITH_DEVICES,
                "sh",
                root.toString()));
        command.addAll(arguments(archive, root));
        command.add("install");
        command.addAll(distribution.packages());
        run(command, root, time, "make", output);
    }

    /** The indexes that were fetched into the root. */
    List<RepositoryIndex> indexes(String archive, RootDirectory root) throws IOException {
        List<RepositoryIndex> indexes = new ArrayList<>();
        try (OpenedDirectory cache = root.findDirectory(CACHE).orElseThrow(() -> new NoSuchFileException(CACHE))) {
            for (RpmDistribution.Repository repository : repositories()) {
                for (String name : cache.names()) {
                    if (name.matches(repository.name() + "-[0-9a-f]{16}")) {
                        String file = CACHE + "/" + name + "/repodata/repomd.xml";
                        try (OpenedFile index =
                                        root.findRegularFile(file).orElseThrow(() -> new NoSuchFileException(file));
                                InputStream content = index.read()) {
                            indexes.add(RepositoryIndex.parse(
                                    repository.name(), repository.address(archive, release), content.readAllBytes()));
                        }
                    }
                }
            }
        }
        return indexes;
    }

    private List<RpmDistribution.Repository> repositories() {
        return distribution.repositories().stream()
                .filter(repository -> repository.use() == RpmDistribution.Use.BASE)
                .toList();
    }

    private List<String> arguments(String archive, Path root) throws IOException {
        Path directory = Files.createDirectories(root.resolve(CONFIGURATION));
        StringBuilder configuration = new StringBuilder("""
                [main]
                gpgcheck=1
                localpkg_gpgcheck=1
                install_weak_deps=0
                tsflags=nodocs
                plugins=0
                retries=3
                best=1
                """);
        configuration.append("reposdir=").append(directory.resolve("none")).append('\n');
        configuration.append("varsdir=").append(directory.resolve("none")).append('\n');
        configuration.append("module_platform_id=platform:el").append(release).append('\n');
        for (RpmDistribution.Repository repository : repositories()) {
            configuration
                    .append("\n[" + repository.name() + "]\nname=" + repository.name() + "\nbaseurl=")
                    .append(repository.address(archive, release))
                    .append("\ngpgkey=" + keys.toUri() + "\n");
        }
        Path file = directory.resolve("dnf.conf");
        Files.writeString(file, configuration);
        // Debian's rpm keeps its database in the user's home directory unless told otherwise.
        Files.writeString(directory.resolve(".rpmmacros"), "%_dbpath /" + distribution.database(release) + "\n");
        return List.of(
                "--config=" + file,
                "--installroot=" + root,
                "--releasever=" + release,
                "--forcearch=" + Architecture.ofThisMachine().rpm(),
                "--assumeyes");
    }

    private void run(List<String> command, Path root, Instant time, String doing, Consumer<String> output)
            throws IOException, InterruptedException {
        List<String> last = new ArrayList<>();
        int status;
        try {
            status = launcher.run(
                    command,
                    Map.of(
                            "LC_ALL",
                            "C.UTF-8",
                            "HOME",
                            root.resolve(CONFIGURATION).toString(),
                            "SOURCE_DATE_EPOCH",
                            Long.toString(time.getEpochSecond())),
                    line -> {
                        String shown = ArchiveAddress.withoutUser(line);
                        last.add(shown);
                        output.accept(shown);
                    });
        } catch (IOException e) {
            throw missing(String.valueOf(e.getMessage()));
        }
        if (status == 127) {
            throw missing("not found");
        }
        if (status != 0) {
            throw failure(status, doing, last);
        }
    }

    private FaultException missing(String reason) {
        return FaultException.missing(
                "dnf, which makes " + distribution.title() + "'s base, could not be started: " + reason + ".",
                "Install it: apt-get install dnf");
    }

    private FaultException failure(int status, String doing, List<String> output) {
        Optional<String> download = output.stream()
                .filter(line -> line.contains("Failed to download metadata") || line.contains("Curl error"))
                .findFirst();
        List<String> unsigned = output.stream().filter(Dnf::tellsOfASignature).toList();
        List<String> errors = unsigned.isEmpty()
                ? output.stream()
                        .dropWhile(line -> !line.startsWith("Error") && !line.contains("error:"))
                        .filter(line -> !line.isBlank())
                        .limit(MOST_REASONS)
                        .toList()
                : unsigned.stream().limit(MOST_REASONS).toList();
        String message = "dnf could not " + doing + " " + distribution.title() + " " + release + " (exit status "
                + status
                + "):\n  "
                + String.join(
                        "\n  ",
                        errors.isEmpty() ? output.reversed().stream().limit(5).toList() : errors);
        if (!unsigned.isEmpty()) {
            return FaultException.remote(
                    message, "Do not use this archive before you know why. If its keys are new, update " + keys + ".");
        }
        return download.isPresent()
                ? FaultException.remote(
                        message,
                        "Check the network, or name another archive in " + distribution.archiveVariable() + ".")
                : FaultException.failed(message, null);
    }

    private static boolean tellsOfASignature(String line) {
        return line.contains("is not signed") || line.startsWith("Public key for") || line.contains("GPG Keys");
    }
}

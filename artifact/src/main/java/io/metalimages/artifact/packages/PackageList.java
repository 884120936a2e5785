package io.metalimages.artifact.packages;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The packages of a tree, as {@code dpkg -l} or {@code rpm -qa} prints them: by the building machine's own
 * {@code dpkg-query} or {@code rpm} looking at the tree's database, so that nothing of the tree is run. It works while the
 * tree is exported; a tree without a database gives an empty list.
 */
public final class PackageList implements AutoCloseable {

    private static final String DPKG_DATABASE = "/var/lib/dpkg";

    /** Where rpm has kept its database, the newest place first. */
    private static final List<String> RPM_DATABASES = List.of("/usr/lib/sysimage/rpm", "/var/lib/rpm");

    private static final List<String> RPM_DATABASE_FILES = List.of("rpmdb.sqlite", "Packages.db", "Packages");

    private static final int MOST_COMPLAINTS = 8 << 10;

    private final Path complaints;
    private final Optional<Database> database;
    private final Optional<Process> process;

    private PackageList(Path complaints, Optional<Database> database, Optional<Process> process) {
        this.complaints = complaints;
        this.database = database;
        this.process = process;
    }

    /** A database, which a program is told of by the descriptor of its directory. */
    private record Database(String path, OpenedDirectory directory) {}

    /**
     * Starts listing the packages of the tree at {@code root} into the file {@code list}; what the program complains
     * about goes to {@code complaints}.
     *
     * @throws FaultException if the program that can read the tree's database is missing on this machine, or if a file of
     *     the database is a link, which would lead the program anywhere
     */
    public static PackageList start(Path root, Path list, Path complaints) throws IOException {
        try (RootDirectory tree = RootDirectory.open(root)) {
            Optional<Database> dpkg = dpkgDatabase(tree);
            if (dpkg.isPresent()) {
                return start(
                        "dpkg",
                        dpkg.get(),
                        list,
                        complaints,
                        directory -> List.of("dpkg-query", "--admindir=" + directory, "--list"));
            }
            Optional<Database> rpm = rpmDatabase(tree);
            if (rpm.isPresent()) {
                return start(
                        "rpm",
                        rpm.get(),
                        list,
                        complaints,
                        directory -> List.of("rpm", "--dbpath", directory.toString(), "-qa"));
            }
        }
        Files.createFile(list);
        return new PackageList(complaints, Optional.empty(), Optional.empty());
    }

    private static PackageList start(
            String packageName, Database database, Path list, Path complaints, Function<Path, List<String>> command)
            throws IOException {
        try {
            requireNoLinks(database.path(), database.directory());
            return new PackageList(
                    complaints,
                    Optional.of(database),
                    Optional.of(start(
                            packageName, command.apply(database.directory().pathForPrograms()), list, complaints)));
        } catch (IOException | RuntimeException e) {
            database.directory().close();
            throw e;
        }
    }

    private static void requireNoLinks(String path, OpenedDirectory directory) throws IOException {
        for (String name : directory.names()) {
            Optional<FileStatus> status = directory.status(name);
            if (status.filter(FileStatus::isSymbolicLink).isPresent()) {
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        "The packages of the image cannot be listed: " + path + "/" + name
                                + " is a symbolic link, and no part of a database.",
                        "Remove it in the Dockerfile.",
                        null);
            }
        }
    }

    private static Process start(String packageName, List<String> command, Path list, Path complaints) {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(list.toFile()).redirectError(complaints.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DPKG_"));
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("COLUMNS", "200");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    "The packages of the image cannot be listed: " + e.getMessage() + ".",
                    "Install the package " + packageName + " on this machine.",
                    e);
        }
    }

    private static Optional<Database> dpkgDatabase(RootDirectory tree) throws IOException {
        Optional<OpenedFile> status = tree.findRegularFile(DPKG_DATABASE + "/status");
        status.ifPresent(OpenedFile::close);
        return status.filter(file -> file.status().size() > 0).isPresent()
                ? database(tree, DPKG_DATABASE)
                : Optional.empty();
    }

    private static Optional<Database> rpmDatabase(RootDirectory tree) throws IOException {
        for (String directory : RPM_DATABASES) {
            for (String name : RPM_DATABASE_FILES) {
                Optional<OpenedFile> file = tree.findRegularFile(directory + "/" + name);
                file.ifPresent(OpenedFile::close);
                if (file.isPresent()) {
                    return database(tree, directory);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Database> database(RootDirectory tree, String path) throws IOException {
        return tree.findDirectory(path).map(directory -> new Database(path, directory));
    }

    /** Waits until the list is whole. */
    public void finish() throws IOException, InterruptedException {
        if (process.isPresent() && process.get().waitFor() != 0) {
            throw FaultException.failed("The packages of the image could not be listed. " + complaints(), null);
        }
    }

    /** What the program has said first, with the name that the database has in the image. */
    private String complaints() throws IOException {
        try (InputStream input = Files.newInputStream(complaints)) {
            String said = new String(input.readNBytes(MOST_COMPLAINTS), StandardCharsets.UTF_8).strip();
            return database.map(named ->
                            said.replace(named.directory().pathForPrograms().toString(), named.path()))
                    .orElse(said);
        }
    }

    /** Ends the program if it still runs. */
    @Override
    public void close() {
        process.ifPresent(Process::destroyForcibly);
        database.ifPresent(named -> named.directory().close());
    }
}

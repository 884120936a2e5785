package io.metalimages.artifact.packages;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The packages of a tree, as {@code dpkg -l} or {@code rpm -qa} prints them: by the building machine's own
 * {@code dpkg-query} or {@code rpm} looking at the tree's database, so that nothing of the tree is run. It works while the
 * tree is exported; a tree without a database gives an empty list.
 */
public final class PackageList implements AutoCloseable {

    private static final Path DPKG_DATABASE = Path.of("var/lib/dpkg");

    /** Where rpm has kept its database, the newest place first. */
    private static final List<Path> RPM_DATABASES = List.of(Path.of("usr/lib/sysimage/rpm"), Path.of("var/lib/rpm"));

    private static final List<String> RPM_DATABASE_FILES = List.of("rpmdb.sqlite", "Packages.db", "Packages");

    private final Path complaints;
    private final Optional<Process> process;

    private PackageList(Path complaints, Optional<Process> process) {
        this.complaints = complaints;
        this.process = process;
    }

    /**
     * Starts listing the packages of the tree at {@code root} into the file {@code list}; what the program complains
     * about goes to {@code complaints}.
     *
     * @throws FaultException if the program that can read the tree's database is missing on this machine
     */
    public static PackageList start(Path root, Path list, Path complaints) throws IOException {
        Optional<Process> process = Optional.empty();
        Optional<Path> rpm = rpmDatabase(root);
        if (hasDpkgDatabase(root)) {
            process = Optional.of(start(
                    "dpkg",
                    List.of("dpkg-query", "--admindir=" + root.resolve(DPKG_DATABASE), "--list"),
                    list,
                    complaints));
        } else if (rpm.isPresent()) {
            process = Optional.of(
                    start("rpm", List.of("rpm", "--dbpath", rpm.get().toString(), "-qa"), list, complaints));
        } else {
            Files.createFile(list);
        }
        return new PackageList(complaints, process);
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

    private static boolean hasDpkgDatabase(Path root) throws IOException {
        Path status = root.resolve(DPKG_DATABASE).resolve("status");
        return Files.isRegularFile(status) && Files.size(status) > 0;
    }

    private static Optional<Path> rpmDatabase(Path root) {
        return RPM_DATABASES.stream()
                .map(root::resolve)
                .filter(directory ->
                        RPM_DATABASE_FILES.stream().anyMatch(file -> Files.isRegularFile(directory.resolve(file))))
                .findFirst()
                .map(Path::toAbsolutePath);
    }

    /** Waits until the list is whole. */
    public void finish() throws IOException, InterruptedException {
        if (process.isPresent() && process.get().waitFor() != 0) {
            throw FaultException.failed(
                    "The packages of the image could not be listed. "
                            + Files.readString(complaints).strip(),
                    null);
        }
    }

    /** Ends the program if it still runs. */
    @Override
    public void close() {
        process.ifPresent(Process::destroyForcibly);
    }
}

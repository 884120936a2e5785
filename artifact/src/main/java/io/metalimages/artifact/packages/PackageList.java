package io.metalimages.artifact.packages;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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

    private static final int MOST_COMPLAINTS = 8 << 10;

    private final Path complaints;
    private final Optional<PackageDatabase> database;
    private final Optional<Process> process;

    private PackageList(Path complaints, Optional<PackageDatabase> database, Optional<Process> process) {
        this.complaints = complaints;
        this.database = database;
        this.process = process;
    }

    /**
     * Starts listing the packages of the tree at {@code root} into the file {@code list}; what the program complains
     * about goes to {@code complaints}.
     *
     * @throws FaultException if the program that can read the tree's database is missing on this machine, or if a file of
     *     the database is a link
     */
    public static PackageList start(Path root, Path list, Path complaints) throws IOException {
        try (RootDirectory tree = RootDirectory.open(root)) {
            Optional<PackageDatabase> dpkg = PackageDatabase.dpkg(tree);
            if (dpkg.isPresent()) {
                String directory = dpkg.get().pathForPrograms().toString();
                List<String> command = List.of("dpkg-query", "--admindir=" + directory, "--list");
                return start("dpkg", dpkg.get(), command, list, complaints);
            }
            Optional<PackageDatabase> rpm = PackageDatabase.rpm(tree);
            if (rpm.isPresent()) {
                String directory = rpm.get().pathForPrograms().toString();
                return start("rpm", rpm.get(), List.of("rpm", "--dbpath", directory, "-qa"), list, complaints);
            }
        }
        Files.createFile(list);
        return new PackageList(complaints, Optional.empty(), Optional.empty());
    }

    private static PackageList start(
            String packageName, PackageDatabase database, List<String> command, Path list, Path complaints) {
        try {
            Process process = start(packageName, command, list, complaints);
            return new PackageList(complaints, Optional.of(database), Optional.of(process));
        } catch (RuntimeException e) {
            database.close();
            throw e;
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

    /** Waits until the list is whole. */
    public void finish() throws IOException, InterruptedException {
        if (process.isPresent() && process.get().waitFor() != 0) {
            throw FaultException.failed("The packages of the image could not be listed. " + complaints(), null);
        }
    }

    /** What the program has said first. */
    private String complaints() throws IOException {
        try (InputStream input = Files.newInputStream(complaints)) {
            String said = new String(input.readNBytes(MOST_COMPLAINTS), StandardCharsets.UTF_8).strip();
            return database.map(read -> read.inImage(said)).orElse(said);
        }
    }

    /** Ends the program if it still runs. */
    @Override
    public void close() {
        process.ifPresent(Process::destroyForcibly);
        database.ifPresent(PackageDatabase::close);
    }
}

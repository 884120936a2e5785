package io.metalimages.artifact.packages;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The directory of a tree's package database, which stays open for the program that reads it. */
public final class PackageDatabase implements AutoCloseable {

    private static final String DPKG = "/var/lib/dpkg";

    /** Where rpm has kept its database, the newest place first. */
    private static final List<String> RPM = List.of("/usr/lib/sysimage/rpm", "/var/lib/rpm");

    private static final List<String> RPM_FILES = List.of("rpmdb.sqlite", "Packages.db", "Packages");

    private final String path;
    private final OpenedDirectory directory;

    private PackageDatabase(String path, OpenedDirectory directory) {
        this.path = path;
        this.directory = directory;
    }

    /** That of dpkg, if it is not empty. @throws FaultException if a file of it is a link, which would lead anywhere */
    static Optional<PackageDatabase> dpkg(RootDirectory tree) throws IOException {
        Optional<OpenedFile> status = tree.findRegularFile(DPKG + "/status");
        status.ifPresent(OpenedFile::close);
        return status.filter(file -> file.status().size() > 0).isPresent() ? open(tree, DPKG) : Optional.empty();
    }

    /** That of rpm. @throws FaultException if a file of it is a link, which would lead anywhere */
    public static Optional<PackageDatabase> rpm(RootDirectory tree) throws IOException {
        for (String directory : RPM) {
            for (String name : RPM_FILES) {
                Optional<OpenedFile> file = tree.findRegularFile(directory + "/" + name);
                file.ifPresent(OpenedFile::close);
                if (file.isPresent()) {
                    return open(tree, directory);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<PackageDatabase> open(RootDirectory tree, String path) throws IOException {
        Optional<OpenedDirectory> found = tree.findDirectory(path);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        PackageDatabase database = new PackageDatabase(path, found.get());
        try {
            database.requireNoLinks();
            return Optional.of(database);
        } catch (IOException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private void requireNoLinks() throws IOException {
        for (String name : directory.names()) {
            if (directory.status(name).filter(FileStatus::isSymbolicLink).isPresent()) {
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        "The packages of the image cannot be listed: " + path + "/" + name
                                + " is a symbolic link, and no part of a database.",
                        "Remove it in the Dockerfile.",
                        null);
            }
        }
    }

    /** The directory as a program opens it, until this is closed. */
    public Path pathForPrograms() {
        return directory.pathForPrograms();
    }

    /** What a program has said of it, with the path that it has in the image. */
    public String inImage(String said) {
        return said.replace(pathForPrograms().toString(), path);
    }

    @Override
    public void close() {
        directory.close();
    }
}

package io.metalimages.build;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Operation;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A minimal Debian, bootstrapped from the signed archive by mmdebstrap.
 *
 * @param release its code name
 * @param sources the lines of sources.list
 * @param content the digests of what the archive's signed lists said, one for each source
 */
record DebianBase(String release, List<String> sources, List<Digest> content) implements Operation.BaseSource {

    /** Changes with what {@link #unpack} does. */
    private static final String RECIPE = "1";

    private static final String SOURCE = "deb ";

    /** What a definition of this class and this machine's kind begins with. */
    static String heading(String release) {
        return "debian " + release + " " + Platform.ARCHITECTURE + " recipe " + RECIPE;
    }

    /** Reads what {@link #definition} gave. */
    static DebianBase parse(String release, String definition) {
        List<String> lines = definition.lines().skip(1).toList();
        return new DebianBase(
                release,
                lines.stream().filter(line -> line.startsWith(SOURCE)).toList(),
                lines.stream()
                        .filter(line -> !line.startsWith(SOURCE))
                        .map(Digest::new)
                        .toList());
    }

    @Override
    public String definition() {
        StringBuilder definition = new StringBuilder(heading(release));
        sources.forEach(source -> definition.append('\n').append(source));
        content.forEach(digest -> definition.append('\n').append(digest));
        return definition.toString();
    }

    /** What this is to somebody who wants to know what an image was made from. */
    UsedBase used(String name) {
        List<UsedBase.SignedList> lists = new ArrayList<>();
        for (int index = 0; index < sources.size(); index++) {
            String[] fields = sources.get(index).split(" ");
            lists.add(new UsedBase.SignedList(fields[1], fields[2], content.get(index)));
        }
        return new UsedBase(name, heading(release), lists);
    }

    @Override
    public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                "--format=directory",
                "--keyring=" + DebianArchive.keyring(),
                "--aptopt=Acquire::Retries \"3\"",
                "--aptopt=Acquire::Languages \"none\"",
                "--dpkgopt=force-unsafe-io",
                release,
                directory.toString()));
        command.addAll(sources);
        List<String> last = new ArrayList<>();
        int status;
        try {
            status = launcher.run(command, Map.of("LC_ALL", "C.UTF-8"), line -> {
                last.add(line);
                output.accept(line);
            });
        } catch (IOException e) {
            throw FaultException.missing(
                    "mmdebstrap could not be started: " + e.getMessage(), "Install it: apt-get install mmdebstrap");
        }
        if (status != 0) {
            throw failure(status, last);
        }
        removeStateOfThisMachine(directory);
        // The same file name as in the base images of the container registries, which definitions remove.
        Files.writeString(directory.resolve("etc/dpkg/dpkg.cfg.d/docker-apt-speedup"), "force-unsafe-io\n");
    }

    private FaultException failure(int status, List<String> output) {
        List<String> errors = output.stream()
                .filter(line -> line.startsWith("E: ") || line.startsWith("Err:"))
                .toList();
        String told = String.join(
                "\n  ", errors.isEmpty() ? output.reversed().stream().limit(5).toList() : errors);
        boolean archiveIsAtFault = errors.stream()
                .anyMatch(line -> line.contains("Failed to fetch")
                        || line.startsWith("Err:")
                        || line.contains("is not signed")
                        || line.contains("GPG error"));
        String message = "mmdebstrap could not make Debian " + release + " (exit status " + status + "):\n  " + told;
        return archiveIsAtFault
                ? FaultException.remote(
                        message, "Try again; if it stays, check the sources:\n  " + String.join("\n  ", sources))
                : FaultException.failed(message, null);
    }

    /**
     * mmdebstrap copies this machine's name and resolver in, to have a network while it works, and makes devices if it
     * may, which every container and every machine has of its own.
     */
    private static void removeStateOfThisMachine(Path root) throws IOException {
        for (String file : List.of(
                "etc/hostname",
                "etc/resolv.conf",
                "etc/apt/apt.conf.d/99mmdebstrap",
                "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
                "var/cache/ldconfig/aux-cache",
                "var/lib/systemd/random-seed")) {
            Files.deleteIfExists(root.resolve(file));
        }
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(root.resolve("dev"))) {
            for (Path device : devices) {
                Files.delete(device);
            }
        }
        for (String directory : List.of("var/log", "var/log/apt", "var/cache/debconf", "var/lib/dpkg")) {
            boolean everything = directory.startsWith("var/log");
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(root.resolve(directory), everything ? "*" : "*-old")) {
                for (Path file : files) {
                    if (Files.isRegularFile(file)) {
                        Files.delete(file);
                    }
                }
            }
        }
    }
}

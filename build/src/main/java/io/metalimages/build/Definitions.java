package io.metalimages.build;

import io.metalimages.build.definition.DockerMakeFile;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Suggestion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The definitions in directories such as {@code os/}: in each subdirectory with a {@code docker-make.yaml}, one for each
 * of its builds. Images that are called otherwise and built from the same Dockerfile are defined beside it, in
 * {@code docker-make.ubuntu.yaml}. The other subdirectories hold what images share: each is a named context of every
 * definition, so that {@code COPY --from=installer} copies from {@code os/installer}.
 */
public final class Definitions {

    private static final Pattern FILE = Pattern.compile("docker-make(?:\\.([A-Za-z0-9_-]+))?\\.yaml");

    private final List<Path> directories;
    private final List<DockerMakeFile> read = new ArrayList<>();
    private final List<Unreadable> unreadable = new ArrayList<>();

    /** A file that is wrong, with images that probably begin with that name. */
    private record Unreadable(String name, FaultException fault) {}

    private Definitions(List<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /**
     * Reads the definitions below {@code directory}. One that is wrong takes nothing from the others.
     *
     * @param environment the variables that definitions may refer to; {@code DOCKER_MAKE_GIT_SHA1} and
     *     {@code DOCKER_MAKE_DATE} are theirs to give
     * @throws FaultException if there is no such directory
     */
    public static Definitions in(Path directory, Map<String, String> environment) throws IOException {
        return in(List.of(directory), environment);
    }

    /**
     * Like {@link #in(Path, Map)}, from several directories, whose images may start from each other's. Of two shared
     * directories with one name, the one in the first directory counts.
     */
    public static Definitions in(List<Path> directories, Map<String, String> environment) throws IOException {
        Definitions definitions = new Definitions(directories);
        for (Path directory : directories) {
            definitions.read(directory, environment);
        }
        return definitions;
    }

    private void read(Path directory, Map<String, String> environment) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw FaultException.wrongInput(
                    "There is no directory " + directory + " with definitions.",
                    "Run metal-images from its checkout, or name the directory that exists.");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.filter(Files::isDirectory).sorted().toList()) {
                for (Path file : files(entry)) {
                    Matcher name = FILE.matcher(file.getFileName().toString());
                    String other = name.matches() ? name.group(1) : null;
                    read(other == null ? entry.getFileName().toString() : other, file, environment);
                }
            }
        }
    }

    /** The files in a directory that define images. */
    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry ->
                            FILE.matcher(entry.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    private void read(String name, Path file, Map<String, String> environment) throws IOException {
        try {
            read.add(DockerMakeFile.read(file, variable -> Optional.ofNullable(environment.get(variable))));
        } catch (FaultException fault) {
            unreadable.add(new Unreadable(name, fault));
        }
    }

    /** The names of all definitions that could be read, sorted: {@code debian/12}. */
    public List<String> names() {
        return read.stream()
                .flatMap(file -> file.builds().stream().map(build -> name(file, build)))
                .sorted()
                .toList();
    }

    /** The directory, of those that were read, that has {@code definition}; the first if none has. */
    public Path directoryOf(Definition definition) {
        return directories.stream()
                .filter(directory -> definition
                        .context()
                        .startsWith(directory.toAbsolutePath().normalize()))
                .findFirst()
                .orElseGet(directories::getFirst);
    }

    /** What is wrong with the files that could not be read. */
    public List<FaultException> faults() {
        return unreadable.stream().map(Unreadable::fault).toList();
    }

    /**
     * What {@code name} stands for: {@code debian/12} for one definition, {@code debian} for the default of several.
     *
     * @throws FaultException if there is none of that name, or more than one, or its file is wrong
     */
    public Definition find(String name) throws IOException {
        List<Definition> found = new ArrayList<>();
        List<String> sources = new ArrayList<>();
        for (DockerMakeFile file : read) {
            for (DockerMakeFile.Build build : file.builds()) {
                boolean isDefault = build.name().equals(file.defaultBuild());
                if (name.equals(name(file, build)) || (isDefault && name.equals(file.name()))) {
                    found.add(definition(file, build));
                    sources.add(Definition.displayed(file.file()));
                }
            }
        }
        if (found.size() > 1) {
            throw FaultException.wrongInput(
                    "The image " + name + " is defined more than once: in " + String.join(" and in ", sources) + ".",
                    "Give one of them another name.");
        }
        if (found.isEmpty()) {
            throw unknown(name);
        }
        return found.getFirst();
    }

    /** The definition of exactly this name; empty if there is none, or it could not be read. */
    public Optional<Definition> named(String name) throws IOException {
        return names().contains(name) ? Optional.of(find(name)) : Optional.empty();
    }

    private FaultException unknown(String name) {
        for (Unreadable wrong : unreadable) {
            if (name.equals(wrong.name()) || name.startsWith(wrong.name() + "/")) {
                return wrong.fault();
            }
        }
        StringBuilder message = new StringBuilder("There is no image " + name + ".");
        for (FaultException fault : faults()) {
            message.append("\nThis definition could not be read: ").append(fault.getMessage());
        }
        return FaultException.wrongInput(message.toString(), Suggestion.hint(name, names()));
    }

    /** The definition of the image that is called {@code reference} where others start from it. */
    Optional<Definition> providing(String reference) throws IOException {
        for (DockerMakeFile file : read) {
            for (DockerMakeFile.Build build : file.builds()) {
                if (references(file, build).contains(reference)) {
                    return Optional.of(definition(file, build));
                }
            }
        }
        return Optional.empty();
    }

    private static String name(DockerMakeFile file, DockerMakeFile.Build build) {
        return file.name() + "/" + build.name();
    }

    private static List<String> references(DockerMakeFile file, DockerMakeFile.Build build) {
        String repository = Stream.of(file.registryHost(), file.username(), Optional.of(file.name()))
                .flatMap(Optional::stream)
                .reduce((left, right) -> left + "/" + right)
                .orElse(file.name());
        return build.tags().stream().map(tag -> repository + ":" + tag).toList();
    }

    private Map<String, String> sharedDirectories() throws IOException {
        Map<String, String> shared = new HashMap<>();
        for (Path directory : directories) {
            try (Stream<Path> entries = Files.list(directory)) {
                for (Path entry : entries.filter(Files::isDirectory).toList()) {
                    if (files(entry).isEmpty()) {
                        shared.putIfAbsent(
                                entry.getFileName().toString(),
                                entry.toAbsolutePath().normalize().toString());
                    }
                }
            }
        }
        return shared;
    }

    private Definition definition(DockerMakeFile file, DockerMakeFile.Build build) throws IOException {
        Path context = file.file().toAbsolutePath().resolveSibling("").normalize();
        return new Definition(
                name(file, build),
                context.resolve("Dockerfile"),
                context,
                new HashMap<>(build.arguments()),
                sharedDirectories(),
                Optional.empty(),
                references(file, build));
    }
}

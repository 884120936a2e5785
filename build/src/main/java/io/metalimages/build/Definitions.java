package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The definitions in a directory such as {@code os/}: in each subdirectory with a {@code docker-make.yaml}, one for each
 * of its builds. The other subdirectories hold what images share: each is a named context of every definition, so that
 * {@code COPY --from=installer} copies from {@code os/installer}.
 */
public final class Definitions {

    private static final String FILE = "docker-make.yaml";

    private final Path directory;
    private final Function<String, Optional<String>> environment;

    private Definitions(Path directory, Function<String, Optional<String>> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /**
     * The definitions below {@code directory}.
     *
     * @param environment the variables that definitions may refer to; {@code DOCKER_MAKE_GIT_SHA1} and
     *     {@code DOCKER_MAKE_DATE} are theirs to give
     */
    public static Definitions in(Path directory, Map<String, String> environment) {
        return new Definitions(directory, name -> Optional.ofNullable(environment.get(name)));
    }

    /** The names of all definitions, sorted: {@code debian/12}. */
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (DockerMakeFile file : files()) {
            file.builds().forEach(build -> names.add(name(file, build)));
        }
        return names.stream().sorted().toList();
    }

    /**
     * What {@code name} stands for: {@code debian/12} for one definition, {@code debian} for the default of several.
     *
     * @throws FaultException if there is none of that name, or a definition's file is wrong
     */
    public Definition find(String name) throws IOException {
        for (DockerMakeFile file : files()) {
            for (DockerMakeFile.Build build : file.builds()) {
                boolean isDefault = build.name().equals(file.defaultBuild());
                if (name.equals(name(file, build)) || (isDefault && name.equals(file.name()))) {
                    return definition(file, build);
                }
            }
        }
        throw FaultException.wrongInput("There is no image " + name + ".", Nearest.hint(name, names()));
    }

    /** The definition of the image that is called {@code reference} where others start from it. */
    Optional<Definition> providing(String reference) throws IOException {
        for (DockerMakeFile file : files()) {
            for (DockerMakeFile.Build build : file.builds()) {
                if (references(file, build).contains(reference)) {
                    return Optional.of(definition(file, build));
                }
            }
        }
        return Optional.empty();
    }

    private List<DockerMakeFile> files() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw FaultException.wrongInput(
                    "There is no directory " + directory + " with definitions.", "Run metal-images from its checkout.");
        }
        List<DockerMakeFile> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.sorted().toList()) {
                Path file = entry.resolve(FILE);
                if (Files.isRegularFile(file)) {
                    files.add(DockerMakeFile.read(file, environment));
                }
            }
        }
        return files;
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
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> !Files.exists(entry.resolve(FILE)))
                    .collect(Collectors.toMap(
                            entry -> entry.getFileName().toString(),
                            entry -> entry.toAbsolutePath().normalize().toString()));
        }
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

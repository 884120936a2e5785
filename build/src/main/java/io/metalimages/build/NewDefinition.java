package io.metalimages.build;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A definition to begin with: a Dockerfile that starts from another image, a {@code docker-make.yaml} that names what is
 * built, and {@code checks.yaml}, what is checked of a machine that has booted it.
 *
 * @param name of the directory, and of the image
 * @param base what it starts from
 */
public record NewDefinition(String name, Definition base) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]*");
    private static final List<String> FILES = List.of("Dockerfile", "docker-make.yaml", "checks.yaml");

    /** @throws FaultException if images can't be called so, or none can start from {@code base} */
    public NewDefinition {
        if (!NAME.matcher(name).matches()) {
            throw FaultException.wrongInput(
                    "\"" + name + "\" is not a name for an image.",
                    "Use lower-case letters, digits, hyphens and underscores.");
        }
        if (base.references().isEmpty()) {
            throw FaultException.wrongInput(
                    "No image can start from " + base.name() + ": its docker-make.yaml gives it no tags.",
                    "Add tags to that build, or start from another image.");
        }
    }

    /**
     * Writes the files into a new directory of {@code directory}: all of them, or nothing.
     *
     * @return the files
     * @throws FaultException if there is something of that name
     */
    public List<Path> write(Path directory) throws IOException {
        Path target = directory.resolve(name);
        Files.createDirectories(directory);
        try {
            Files.createDirectory(target);
        } catch (FileAlreadyExistsException e) {
            throw new FaultException(
                    FaultException.Category.WRONG_INPUT,
                    target + " exists already.",
                    "Choose another name, or remove it first.",
                    e);
        }
        List<Path> written = new ArrayList<>();
        try {
            for (String file : FILES) {
                written.add(Files.writeString(target.resolve(file), text(file)));
            }
        } catch (IOException e) {
            for (Path file : written) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(target);
            throw e;
        }
        return List.copyOf(written);
    }

    private String text(String file) throws IOException {
        try (InputStream template = NewDefinition.class.getResourceAsStream("scaffold/" + file)) {
            if (template == null) {
                throw new IllegalStateException("The program lacks its file scaffold/" + file + ".");
            }
            return new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@NAME@", name)
                    .replace("@FROM@", base.name())
                    .replace("@BASE@", base.references().getFirst());
        }
    }
}

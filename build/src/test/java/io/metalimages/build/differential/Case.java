package io.metalimages.build.differential;

import io.metalimages.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Dockerfile and what it is built with.
 *
 * @param files of the build context, the Dockerfile among them, by their paths
 * @param setup for the shell, in the context: what a list of files can't say
 * @param contexts directories of the context by the names under which the Dockerfile knows them
 */
record Case(
        String name,
        Map<String, String> files,
        List<String> setup,
        Map<String, String> arguments,
        Map<String, String> contexts,
        Optional<String> target) {

    /** The base that all have: see {@link Base}. */
    static final String BASE = "base";

    static final String DOCKERFILE = "Dockerfile";

    /** Makes the build context. */
    void write(Path context) throws IOException, InterruptedException {
        Files.createDirectories(context);
        Files.setAttribute(context, "unix:mode", 0755);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = context.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        for (String script : setup) {
            Command.succeed("sh", "-euc", "umask 022; cd \"$0\"; " + script, context.toString());
        }
    }

    /** The directories that the Dockerfile may name. */
    Map<String, Path> directories(Path context, Path base) {
        Map<String, Path> directories = new LinkedHashMap<>();
        directories.put(BASE, base);
        contexts.forEach((name, path) -> directories.put(name, context.resolve(path)));
        return directories;
    }
}

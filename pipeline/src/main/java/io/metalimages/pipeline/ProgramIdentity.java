package io.metalimages.pipeline;

import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.common.Digest;
import io.metalimages.supplychain.ImageDocuments;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The code that makes artifacts, as it is on this machine: the number of a release says too little while it is developed. */
final class ProgramIdentity {

    private static final List<Class<?>> PARTS =
            List.of(ArtifactExporter.class, ImageDocuments.class, ImagePipeline.class, Digest.class);

    private ProgramIdentity() {}

    static Digest digest() throws IOException {
        StringBuilder identity = new StringBuilder();
        for (Class<?> part : PARTS) {
            append(origin(part), identity);
        }
        return Digest.of(identity.toString());
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(type + " does not come from a file", e);
        }
    }

    /** A jar, or while the program is tested, a directory of classes. */
    private static void append(Path origin, StringBuilder identity) throws IOException {
        if (Files.isRegularFile(origin)) {
            identity.append(Digest.ofFile(origin)).append('\n');
            return;
        }
        List<Path> classes;
        try (Stream<Path> files = Files.walk(origin)) {
            classes = files.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
        }
        for (Path file : classes) {
            identity.append(origin.relativize(file))
                    .append(' ')
                    .append(Digest.ofFile(file))
                    .append('\n');
        }
    }
}

package io.metalimages.common;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The code of the program, as it is on this machine: the number of a release says too little while it is developed. */
public final class ProgramCode {

    private ProgramCode() {}

    /** The digest of the jars, or while the program is tested, of the directories, that these classes come from. */
    public static Digest digest(List<Class<?>> parts) throws IOException {
        StringBuilder identity = new StringBuilder();
        for (Path origin : parts.stream().map(ProgramCode::origin).distinct().toList()) {
            append(origin, identity);
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

    private static void append(Path origin, StringBuilder identity) throws IOException {
        if (Files.isRegularFile(origin)) {
            identity.append(Digest.ofFile(origin)).append('\n');
            return;
        }
        List<Path> classes;
        try (Stream<Path> files = Files.walk(origin)) {
            classes = files.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : classes) {
            identity.append(origin.relativize(file))
                    .append(' ')
                    .append(Digest.ofFile(file))
                    .append('\n');
        }
    }
}

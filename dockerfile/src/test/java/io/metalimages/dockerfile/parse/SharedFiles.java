package io.metalimages.dockerfile.parse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Test data that lies beside the repository. */
final class SharedFiles {

    private SharedFiles() {}

    /** A file or directory of the conformance data; the test is skipped if there is none. */
    static Path conformance(String name) {
        Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        Path wanted = module.resolve("../../shared/conformance/dockerfile")
                .resolve(name)
                .normalize();
        assumeTrue(Files.exists(wanted), () -> "Left out: there is no conformance data at " + wanted + ".");
        return wanted;
    }
}

package io.metalimages.rack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** goss on this machine, for tests of what it reads and writes. */
final class GossProgram {

    private GossProgram() {}

    /** Skips the test if there is none: Debian has it from release 13 on. */
    static Path orSkip() {
        Optional<Path> program = Arrays.stream(System.getenv("PATH").split(":", -1))
                .map(directory -> Path.of(directory, "goss"))
                .filter(Files::isExecutable)
                .findFirst();
        Assumptions.assumeTrue(
                program.isPresent(),
                "goss is not installed on this machine (package goss, from Debian 13): not tested");
        return program.orElseThrow();
    }
}

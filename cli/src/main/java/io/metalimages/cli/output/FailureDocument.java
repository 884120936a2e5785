package io.metalimages.cli.output;

import io.metalimages.common.FaultException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What programs are told of a command that failed, beside what it had finished until then. */
record FailureDocument(Failure error) {

    /**
     * Why it failed.
     *
     * @param lastLines what a program wrote last before it failed, the oldest first
     * @param log the file with everything that it wrote
     */
    record Failure(
            FaultException.Category category,
            int exitCode,
            String message,
            Optional<Location> location,
            Optional<String> remedy,
            Optional<Path> log,
            Optional<List<String>> lastLines) {}

    /** The line of a definition. */
    record Location(String file, int line) {}

    FailureDocument(Problem problem) {
        this(new Failure(
                problem.category(),
                problem.exitCode(),
                problem.message(),
                problem.location().map(location -> new Location(location.file(), location.firstLine())),
                problem.remedy(),
                problem.log(),
                Optional.of(problem.lastLines()).filter(lines -> !lines.isEmpty())));
    }
}

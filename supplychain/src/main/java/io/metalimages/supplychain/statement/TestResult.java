package io.metalimages.supplychain.statement;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.common.linux.PendingDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What came of a test of an image: the file {@code test-result.json}, an in-toto statement of the tarball that was tested;
 * docs/test-result.md describes it. It says what it says of one tarball only, whatever is next to it now.
 *
 * <p>Immutable.
 *
 * @param tarball what was tested, from its first byte to its last
 * @param image what it was tested as, such as {@code debian/12}
 * @param started when the test was
 * @param finished when it was over; documents of older programs don't tell
 * @param passedTests each by its phase and what was checked; phases without checks by their own names
 * @param failedTests likewise
 * @param leftOut what the test would have looked at under other circumstances, and why it did not, in sentences
 * @param notApplicable checks that have no sense for this image, and why, in sentences
 */
public record TestResult(
        Digest tarball,
        String image,
        Instant started,
        Optional<Instant> finished,
        TestSetup setup,
        List<String> passedTests,
        List<String> failedTests,
        List<String> leftOut,
        List<String> notApplicable) {

    /** What came of it, in in-toto's words. */
    public enum Outcome {
        PASSED,
        /** Nothing failed, but something was left out. */
        WARNED,
        FAILED
    }

    public TestResult {
        passedTests = List.copyOf(passedTests);
        failedTests = List.copyOf(failedTests);
        leftOut = List.copyOf(leftOut);
        notApplicable = List.copyOf(notApplicable);
    }

    /** A test in which nothing passed has shown nothing, so it failed. */
    public Outcome outcome() {
        if (passedTests.isEmpty() || !failedTests.isEmpty()) {
            return Outcome.FAILED;
        }
        return leftOut.isEmpty() ? Outcome.PASSED : Outcome.WARNED;
    }

    /**
     * What came of one phase of the test, with all that was checked in it; empty if the test did not get there.
     *
     * @param name such as {@code burn}
     */
    public Optional<Outcome> phase(String name) {
        if (failedTests.stream().anyMatch(test -> isOf(name, test))) {
            return Optional.of(Outcome.FAILED);
        }
        return passedTests.stream().anyMatch(test -> isOf(name, test)) ? Optional.of(Outcome.PASSED) : Optional.empty();
    }

    private static boolean isOf(String phase, String test) {
        return test.equals(phase) || test.startsWith(phase + ": ");
    }

    public TestProfile profile() {
        return setup.profile();
    }

    /**
     * Why this does not show that an image passed its full test; empty if it does.
     *
     * @param wanted the tarball that is to have passed
     * @param name of the image, such as {@code debian/12}
     * @return what is said of the image behind its name: {@code was not tested}
     */
    public Optional<String> shortfall(Digest wanted, String name) {
        if (!tarball.equals(wanted)) {
            return Optional.of("was not tested, as it is now: its test result is of another tarball");
        }
        if (!image.equals(name)) {
            return Optional.of("was tested as " + ForeignText.line(image));
        }
        if (outcome() == Outcome.FAILED) {
            return Optional.of("did not pass its test of " + started
                    + failedTests.stream()
                            .findFirst()
                            .map(test -> ": " + ForeignText.line(test))
                            .orElse(""));
        }
        TestProfile required = TestProfile.required(name);
        if (profile() != required) {
            List<String> reasons = new ArrayList<>(setup.deviations());
            if (!setup.role().equals(required.label())) {
                reasons.addFirst("role " + setup.role() + " instead of " + required.label());
            }
            return Optional.of(
                    "did not pass the full test: it was tested with " + ForeignText.line(String.join(", ", reasons)));
        }
        return leftOut.isEmpty()
                ? Optional.empty()
                : Optional.of("did not pass the full test: this was left out: " + ForeignText.line(leftOut.getFirst()));
    }

    /** The file's content. */
    public byte[] toJson() {
        return TestResultStatement.write(this);
    }

    /**
     * Writes it beside an image, whole or not at all. An older one is replaced, and what signed that is removed before.
     *
     * @return the file
     */
    public Path write(ArtifactLocation location) throws IOException {
        Files.deleteIfExists(location.sidecar(ArtifactLocation.TEST_RESULT_SIGNATURE));
        return write(location.tarball().toAbsolutePath().resolveSibling(""));
    }

    /** Writes it into a directory, whole or not at all; an older one is replaced. */
    public Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(ArtifactLocation.TEST_RESULT);
        try (PendingDirectory pending = PendingDirectory.open(directory)) {
            Path unfinished = Files.write(pending.resolve(ArtifactLocation.TEST_RESULT), toJson());
            return Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * The test result of an artifact on this machine; empty if it has none.
     *
     * @throws FaultException if it is damaged
     */
    public static Optional<TestResult> of(ArtifactLocation location) throws IOException {
        return read(location.sidecar(ArtifactLocation.TEST_RESULT));
    }

    /**
     * The test result in a file; empty if there is none.
     *
     * @throws FaultException if it is damaged
     */
    public static Optional<TestResult> read(Path file) throws IOException {
        try {
            return Optional.of(parse(Files.readAllBytes(file), file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads a test result.
     *
     * @param origin how messages call it
     * @throws FaultException if it is none, or does not agree with itself
     */
    public static TestResult parse(byte[] json, String origin) {
        return TestResultStatement.parse(json, origin);
    }
}

package io.metalimages.cli.command.build;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.Provenance;
import io.metalimages.supplychain.statement.TestResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * An image that there is to build, and what is built of it.
 *
 * @param built empty if it has not been built
 */
record ListedImage(String name, Optional<Built> built) {

    /**
     * The artifact of an image.
     *
     * @param bytes of the tarball
     * @param base what the Dockerfile calls the distribution that it was made from
     * @param standIn what its packages really are, if it was made from a stand-in for that distribution's archive
     * @param tested what came of the test of exactly this tarball; empty if there was none
     */
    record Built(
            Instant time, long bytes, Optional<String> base, Optional<String> standIn, Optional<TestResult> tested) {}

    /** Finds out what is built of {@code name} in {@code images}. */
    static ListedImage read(String name, Path images) throws IOException {
        ArtifactLocation location = ArtifactLocation.in(images.resolve(name));
        if (!Files.isRegularFile(location.tarball())) {
            return new ListedImage(name, Optional.empty());
        }
        Optional<Provenance> provenance = Provenance.of(location);
        return new ListedImage(
                name,
                Optional.of(new Built(
                        Files.getLastModifiedTime(location.tarball()).toInstant(),
                        Files.size(location.tarball()),
                        provenance.flatMap(Provenance::base),
                        provenance.flatMap(Provenance::standIn),
                        tested(location, provenance))));
    }

    private static Optional<TestResult> tested(ArtifactLocation location, Optional<Provenance> provenance)
            throws IOException {
        Optional<Digest> tarball =
                provenance.map(statement -> statement.subjects().get(ArtifactLocation.TARBALL));
        return TestResult.of(location)
                .filter(result -> tarball.map(result.tarball()::equals).orElse(false));
    }
}

package io.metalimages.cli;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Results of tests that nobody had to wait for. */
public final class SampleTest {

    public static final TestSetup FULL = setup("fabric");

    private SampleTest() {}

    /** All there is to test of a machine, but for what needs another network. */
    public static TestSetup setup(String network) {
        return new TestSetup(
                "machine",
                new TestSetup.Input("default", Digest.of("layout")),
                new TestSetup.Input("machine", Digest.of("allocation")),
                Optional.of(new TestSetup.Input("cloud-init", Digest.of("userdata"))),
                network,
                "metal-hammer",
                1,
                false,
                "TCG (no KVM)",
                Optional.empty(),
                "1.0.0");
    }

    /** What is written of an image of which nothing but the tarball's digest is known. */
    public static TestResult result(Digest tarball, String image, TestSetup setup, boolean passed) {
        return new TestResult(
                tarball,
                image,
                Instant.parse("2026-11-22T20:00:00Z"),
                Optional.of(Instant.parse("2026-11-22T20:05:10Z")),
                setup,
                List.of("contract: Artifact the contract: kept", "burn", "boot by kexec"),
                passed ? List.of() : List.of("checks: Service frr: running"),
                List.of(),
                List.of());
    }

    /** Writes the result of the full test beside an image. */
    public static void write(Path image, String name, boolean passed) throws IOException {
        ArtifactLocation location = ArtifactLocation.in(image);
        result(Digest.ofFile(location.tarball()), name, FULL, passed).write(location);
    }
}

package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The files of an image, with random bytes for a tarball. */
public final class SampleArtifact {

    /** A random tarball keeps no contract. */
    public static final Inspection INSPECTION = (name, location) -> Fingerprint.ofFile(location.tarball());

    private SampleArtifact() {}

    /** Writes an artifact into {@code directory}, without a test result. */
    static ArtifactLocation write(Path directory, int bytes, long seed) throws IOException {
        byte[] tarball = new byte[bytes];
        new Random(seed).nextBytes(tarball);
        Files.createDirectories(directory);
        ArtifactLocation location = ArtifactLocation.in(directory);
        Files.write(location.tarball(), tarball);
        Fingerprint fingerprint = Fingerprint.of(tarball);
        Files.writeString(location.md5File(), fingerprint.md5() + "  img.tar.lz4\n");
        Files.writeString(location.sha256File(), fingerprint.sha256() + "  img.tar.lz4\n");
        Files.writeString(location.packages(), "ii  package " + seed + "\n");
        return location;
    }

    /** Writes what came of the full test of the artifact. */
    static void test(ArtifactLocation location, ImageName name, boolean passed) throws IOException {
        result(Fingerprint.ofFile(location.tarball()).sha256(), name, passed, "fabric")
                .write(location);
    }

    /** The result of a test of everything but what the network keeps from being tested. */
    static TestResult result(Digest tarball, ImageName name, boolean passed, String network) {
        String role = TestProfile.required(name.toString()).label();
        return new TestResult(
                tarball,
                name.toString(),
                Instant.parse("2026-11-22T20:00:00Z"),
                Optional.of(Instant.parse("2026-11-22T20:05:10Z")),
                new TestSetup(
                        role,
                        new TestSetup.Input("default", Digest.of("layout")),
                        new TestSetup.Input(role, Digest.of("allocation")),
                        Optional.of(new TestSetup.Input("cloud-init", Digest.of("userdata"))),
                        network,
                        "metal-hammer",
                        1,
                        false,
                        "TCG, as there is no /dev/kvm",
                        Optional.empty(),
                        "1.0.0"),
                List.of("burn"),
                passed ? List.of() : List.of("checks: Service frr: running"),
                List.of(),
                List.of());
    }

    /** Writes an artifact that passed its test. */
    public static ArtifactLocation tested(Path directory, ImageName name, int bytes, long seed) throws IOException {
        ArtifactLocation location = write(directory, bytes, seed);
        test(location, name, true);
        return location;
    }
}

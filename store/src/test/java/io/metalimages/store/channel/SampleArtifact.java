package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.store.object.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** The files of an image, with random bytes for a tarball. */
public final class SampleArtifact {

    private SampleArtifact() {}

    /** Writes an artifact into {@code directory}, without a verdict. */
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

    /** Writes what a test says of the artifact. */
    static void judge(ArtifactLocation location, boolean passed) throws IOException {
        new Verdict(
                        Fingerprint.ofFile(location.tarball()).sha256(),
                        passed,
                        Instant.parse("2026-11-22T20:00:00Z"),
                        "TCG, as there is no /dev/kvm",
                        List.of())
                .write(location.tarball().resolveSibling("test"));
    }

    /** Writes an artifact that passed its test. */
    public static ArtifactLocation tested(Path directory, int bytes, long seed) throws IOException {
        ArtifactLocation location = write(directory, bytes, seed);
        judge(location, true);
        return location;
    }
}

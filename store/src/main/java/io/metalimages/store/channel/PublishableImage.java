package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.supplychain.statement.Provenance;
import io.metalimages.supplychain.statement.TestResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * An artifact on this machine whose checksums were compared with its content.
 *
 * @param files by their plain names, in the order in which they are to be seen: the tarball, and its MD5 right behind it;
 *     at the end what tells of it, as far as it was made
 * @param shortfall why exactly this tarball counts as not tested: what is said behind its name; empty if it passed its full test
 * @param commit that it was built from, if nothing was changed since that
 * @param standIn what its packages really are, if it was made from a stand-in for a distribution's archive
 */
record PublishableImage(
        ImageName name,
        SequencedMap<String, Content> files,
        Optional<String> shortfall,
        Optional<String> commit,
        Optional<String> standIn) {

    private static final int LARGEST_CHECKSUM_FILE = 4096;

    /** Whether its provenance is signed. */
    boolean isSigned() {
        return files.containsKey(ArtifactLocation.SIGNATURE);
    }

    /** Whether exactly this tarball passed its full test. */
    boolean passed() {
        return shortfall.isEmpty();
    }

    /**
     * Reads an artifact, all of it, each file once.
     *
     * @throws FaultException if a file is missing, a checksum is not that of the tarball, or {@code inspection} refuses it
     */
    static PublishableImage read(ImageName name, ArtifactLocation location, Inspection inspection)
            throws IOException, InterruptedException {
        SequencedMap<String, Content> files = new LinkedHashMap<>();
        for (Path file : List.of(location.tarball(), location.md5File(), location.sha256File(), location.packages())) {
            requireFile(name, file);
        }
        Content tarball = Content.ofFile(location.tarball(), inspection.inspect(name, location));
        files.put(ArtifactLocation.TARBALL, tarball);
        files.put(
                ArtifactLocation.TARBALL + ".md5",
                checksum(name, location.md5File(), tarball.fingerprint().md5()));
        files.put(
                ArtifactLocation.TARBALL + ".sha256",
                checksum(
                        name,
                        location.sha256File(),
                        tarball.fingerprint().sha256().hex()));
        files.put(ArtifactLocation.PACKAGES, content(location.packages()));
        Digest digest = tarball.fingerprint().sha256();
        Optional<TestResult> test =
                TestResult.of(location).filter(result -> result.tarball().equals(digest));
        for (String sidecar : ArtifactLocation.SIDECARS) {
            if (test.isEmpty() && PublishedImage.TEST_RESULTS.contains(sidecar)) {
                continue;
            }
            Path file = location.sidecar(sidecar);
            if (Files.isRegularFile(file)) {
                files.put(sidecar, content(file));
            }
        }
        Optional<Provenance> provenance = Provenance.of(location);
        return new PublishableImage(
                name,
                files,
                shortfall(test.or(() -> lesserTest(location, digest)), digest, name),
                provenance.flatMap(Provenance::revision),
                provenance.flatMap(Provenance::standIn));
    }

    private static Optional<String> shortfall(Optional<TestResult> test, Digest tarball, ImageName name) {
        return test.isPresent()
                ? test.get().shortfall(tarball, name.toString())
                : Optional.of("was not tested, as it is now");
    }

    /** What came of a test that was none of all there is to test. */
    private static Optional<TestResult> lesserTest(ArtifactLocation location, Digest tarball) {
        try {
            return TestResult.read(location.tarball().resolveSibling("test").resolve(ArtifactLocation.TEST_RESULT))
                    .filter(result -> result.tarball().equals(tarball));
        } catch (IOException | FaultException unreadable) {
            return Optional.empty();
        }
    }

    private static Content content(Path file) throws IOException {
        return Content.ofFile(file, Fingerprint.ofFile(file));
    }

    private static void requireFile(ImageName name, Path file) {
        if (!Files.isRegularFile(file)) {
            throw FaultException.wrongInput(
                    name + " is not complete: there is no " + file + ".", "Build it: metal-images build " + name);
        }
    }

    /** What stands before the first space is all that a machine reads. */
    private static Content checksum(ImageName name, Path file, String expected) throws IOException {
        byte[] bytes = Files.size(file) > LARGEST_CHECKSUM_FILE ? new byte[0] : Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!text.equals(expected + "  " + ArtifactLocation.TARBALL + "\n")) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    file + " does not say what the tarball is: it should be \"" + expected + "  "
                            + ArtifactLocation.TARBALL + "\".",
                    "Look at it with metal-images check " + name + ", or build it again.",
                    null);
        }
        return Content.of(bytes);
    }
}

package io.metalimages.artifact.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import io.metalimages.artifact.tar.ObservedFile;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import net.jpountz.xxhash.StreamingXXHash32;

/** Takes the tar out of an artifact, as it was before it was compressed. Memory does not grow with the image. Thread-safe. */
public final class ArtifactContent {

    private static final int BUFFER = 1 << 20;

    private final Compressor compressor = new Compressor();

    /**
     * What is known of an image when all of it was read.
     *
     * @param newest the latest modification time of a file: that of the artifact, as no file has a later one
     * @param architecture what its programs run on, as Go calls it ({@code amd64}); empty if no program says so
     * @param sha256 of the tarball, compressed as it is
     */
    public record Summary(Instant newest, Optional<String> architecture, Digest sha256) {}

    /**
     * Writes the plain tar to {@code tar}, and proves the artifact on the way: by the checksum in the LZ4 frame, and by the
     * {@code .sha256} file if there is one.
     *
     * @throws FaultException if the artifact is damaged; what was written until then is of no use
     * @throws IOException if the artifact cannot be read, or {@code tar} takes no more
     * @throws InterruptedException if the thread was interrupted
     */
    public Summary writeTar(ArtifactLocation location, OutputStream tar, CheckProgress progress)
            throws IOException, InterruptedException {
        Facts facts = new Facts();
        Digest sha256 = scan(location, facts, tar, progress);
        return new Summary(Instant.ofEpochSecond(facts.newest), facts.architecture, sha256);
    }

    /**
     * Tells {@code visitor} what is in the tar, and writes it to {@code tar}, as {@link #writeTar} does.
     *
     * @return the SHA-256 of the tarball, compressed as it is
     * @throws FaultException if the artifact is damaged; what was told until then is of no use
     */
    public Digest scan(ArtifactLocation location, TarScanner.Visitor visitor, OutputStream tar, CheckProgress progress)
            throws IOException, InterruptedException {
        try {
            return read(location, new TarScanner(visitor), tar, progress);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (ClosedByInterruptException e) {
            Thread.interrupted(); // the flag is still set; the exception now says it
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private Digest read(ArtifactLocation location, TarScanner scanner, OutputStream tar, CheckProgress progress)
            throws IOException {
        String name = location.tarball().getFileName().toString();
        Findings findings = new Findings();
        MessageDigest sha256 = Digests.sha256();
        try (InputStream file = new BufferedInputStream(
                        new DigestInputStream(new ObservedFile(location.tarball(), progress), sha256), BUFFER);
                StreamingXXHash32 contentHash = compressor.contentHash()) {
            Lz4FrameReader.Content content = (bytes, offset, length) -> {
                try {
                    tar.write(bytes, offset, length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                scanner.accept(bytes, offset, length);
            };
            new Lz4FrameReader(file, name, findings, compressor, true, content, contentHash).read();
            file.transferTo(OutputStream.nullOutputStream());
        }
        Digest digest = new Digest(HexFormat.of().formatHex(sha256.digest()));
        if (Files.isRegularFile(location.sha256File())) {
            ArtifactCheck.checkSha256(location.sha256File(), digest.hex(), findings);
        }
        requireWhole(location, findings, scanner);
        return digest;
    }

    private static void requireWhole(ArtifactLocation location, Findings findings, TarScanner scanner) {
        Optional<Finding> error =
                findings.list().stream().filter(Finding::isError).findFirst().or(scanner::stop);
        if (error.isPresent() || !scanner.ended()) {
            throw new FaultException(
                    Category.FAILED_WORK,
                    location.tarball() + " is damaged: "
                            + error.map(finding -> finding.code().meaning() + " "
                                            + (finding.path().startsWith("/") ? finding.path() + ": " : "")
                                            + finding.detail())
                                    .orElse("The tar in it has no end."),
                    "See what else is wrong: metal-images check " + location.tarball(),
                    null);
        }
    }

    /** Remembers of the entries what {@link Summary} tells. */
    private static final class Facts implements TarScanner.Visitor {

        private long newest;
        private Optional<String> architecture = Optional.empty();

        @Override
        public boolean entry(TarEntry entry) {
            newest = Math.max(newest, entry.modified());
            return architecture.isEmpty()
                    && entry.type() == TarEntry.Type.FILE
                    && (entry.mode() & 0111) != 0
                    && entry.size() >= ElfHeader.BYTES;
        }

        @Override
        public void content(TarEntry entry, byte[] content) {
            architecture = ElfHeader.architecture(content);
        }

        @Override
        public void breach(CheckCode code, String path, String detail) {
            // Whether machines would take the image is not asked here.
        }
    }
}

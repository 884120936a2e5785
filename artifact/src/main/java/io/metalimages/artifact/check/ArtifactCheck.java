package io.metalimages.artifact.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import io.metalimages.artifact.tar.ObservedFile;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jpountz.xxhash.StreamingXXHash32;

/**
 * Reads an artifact back as metal-hammer would, and reports each breach of the contract. Reads only; memory does not grow
 * with the size of the image, but by some 300 bytes for each file in it. Thread-safe.
 */
public final class ArtifactCheck {

    private static final int BUFFER = 1 << 20;
    private static final int LARGEST_SUM_FILE = 1 << 16;

    private final Compressor compressor = new Compressor();

    /**
     * What a tarball has, from its first byte to its last.
     *
     * @param md5 lower-case hexadecimal, like {@code sha256}
     */
    public record Sums(long bytes, String md5, String sha256) {}

    /** What a check came to, and what was read. */
    public record Checked(CheckReport report, Sums sums) {}

    /**
     * Checks the artifact at {@code location}.
     *
     * @throws FaultException if a file of it cannot be read; whatever is in the files is a finding
     * @throws InterruptedException if the thread was interrupted
     */
    public CheckReport check(ArtifactLocation location, CheckProgress progress) throws InterruptedException {
        return checkAndDigest(location, progress).report();
    }

    /** Checks as {@link #check} does, and tells the sums of the tarball, which is read once for all of that. */
    public Checked checkAndDigest(ArtifactLocation location, CheckProgress progress) throws InterruptedException {
        try {
            return checked(location, progress);
        } catch (ClosedByInterruptException e) {
            Thread.interrupted(); // the flag is still set; the exception now says it
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(e);
            throw interrupted;
        } catch (IOException e) {
            throw FaultException.failed("The artifact cannot be read: " + InputOutputReason.of(e) + ".", e);
        }
    }

    private Checked checked(ArtifactLocation location, CheckProgress progress) throws IOException {
        Findings findings = new Findings();
        Findings sidecars = new Findings();
        ImageScan scan = new ImageScan();
        String name = location.tarball().getFileName().toString();
        Lz4FrameReader.End end;
        Sums sums;
        try (DigestedFile file = new DigestedFile(new ObservedFile(location.tarball(), progress));
                StreamingXXHash32 contentHash = compressor.contentHash()) {
            InputStream buffered = new BufferedInputStream(file, BUFFER);
            end = new Lz4FrameReader(buffered, name, findings, compressor, true, scan, contentHash).read();
            sums = file.finish();
        }
        boolean frameIsWhole = findings.list().stream().noneMatch(Finding::isError);
        CheckReport image = scan.finish(end == Lz4FrameReader.End.CLEAN, frameIsWhole, location.packages());
        checkMd5(location.md5File(), name, sums.md5(), sidecars);
        checkSha256(location.sha256File(), sums.sha256(), sidecars);
        findings.addAll(sidecars);
        image.findings().forEach(finding -> findings.add(finding.code(), finding.path(), finding.detail()));
        return new Checked(
                new CheckReport(image.system(), findings.list(), image.losses(), image.entries(), image.tarBytes()),
                sums);
    }

    /**
     * Checks what can be wrong with files that were just written by {@link ArtifactExporter}, without reading them as a
     * whole: the form of the frame, and of the sums.
     */
    public static List<Finding> checkForm(ArtifactLocation location, Compressor compressor, String md5, String sha256)
            throws IOException {
        Findings findings = new Findings();
        String name = location.tarball().getFileName().toString();
        try (InputStream file = Files.newInputStream(location.tarball());
                StreamingXXHash32 unused = compressor.contentHash()) {
            new Lz4FrameReader(file, name, findings, compressor, false, (bytes, offset, length) -> {}, unused).read();
        }
        checkMd5(location.md5File(), name, md5, findings);
        checkSha256(location.sha256File(), sha256, findings);
        return findings.list();
    }

    private static void checkMd5(Path file, String tarball, String md5, Findings findings) throws IOException {
        String name = file.getFileName().toString();
        if (!Files.isRegularFile(file)) {
            findings.add(CheckCode.MD5_MISSING, name, "There is no file " + file + ".");
            return;
        }
        String content = start(file);
        int space = content.indexOf(' ');
        String hash = space < 0 ? "" : content.substring(0, space);
        if (!hash.matches("[0-9a-f]{32}")) {
            findings.add(
                    CheckCode.MD5_FORM,
                    name,
                    space < 0
                            ? "There is no space behind the hash; it should be \"HASH  " + tarball + "\"."
                            : "What stands before the first space is no hash in 32 lower-case hexadecimal digits.");
        } else if (!hash.equals(md5)) {
            findings.add(CheckCode.MD5_MISMATCH, name, "It says " + hash + ", and the tarball has " + md5 + ".");
        }
    }

    static void checkSha256(Path file, String sha256, Findings findings) throws IOException {
        String name = file.getFileName().toString();
        if (!Files.isRegularFile(file)) {
            findings.add(CheckCode.SHA256_MISSING, name, "There is no file " + file + ".");
            return;
        }
        String hash = start(file).split("\\s", 2)[0];
        if (!hash.equals(sha256)) {
            findings.add(
                    CheckCode.SHA256_MISMATCH,
                    name,
                    hash.matches("[0-9a-f]{64}")
                            ? "It says " + hash + ", and the tarball has " + sha256 + "."
                            : "It does not begin with a hash in 64 lower-case hexadecimal digits.");
        }
    }

    private static String start(Path file) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            return new String(input.readNBytes(LARGEST_SUM_FILE), StandardCharsets.ISO_8859_1);
        }
    }
}

package io.metalimages.supplychain;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the files of an artifact against its provenance, its checksums and its signature. Nothing is kept of what is read.
 */
public final class Verification {

    private static final int LARGEST_DOCUMENT = 16 << 20;
    private static final int BUFFER = 1 << 20;
    private static final String MD5_FILE = ArtifactLocation.TARBALL + ArtifactLocation.MD5_SUFFIX;
    private static final String SHA256_FILE = ArtifactLocation.TARBALL + ArtifactLocation.SHA256_SUFFIX;

    private static final String UNMENTIONED = "The provenance does not speak of it: it came there later.";

    /** What every artifact has, and its provenance has to speak of. */
    private static final List<String> ESSENTIAL =
            List.of(ArtifactLocation.TARBALL, MD5_FILE, SHA256_FILE, ArtifactLocation.PACKAGES);

    private final ArtifactFiles files;
    private final Expectation expectation;
    private final List<Finding> findings = new ArrayList<>();
    private int read;
    private long bytes;

    private Verification(ArtifactFiles files, Expectation expectation) {
        this.files = files;
        this.expectation = expectation;
    }

    /**
     * What an artifact is taken for: what is signed has to be that, and not another image of the same signer.
     *
     * @param image such as {@code debian/12}; empty if any is meant
     * @param notBefore the first day, in UTC, of which its sources may be; empty if they may be of any
     */
    public record Expectation(Optional<String> image, Optional<LocalDate> notBefore) {

        /** Any image, however old. */
        public static final Expectation NONE = new Expectation(Optional.empty(), Optional.empty());

        public static Expectation of(String image) {
            return new Expectation(Optional.of(image), Optional.empty());
        }
    }

    /**
     * Something that is not as it should be.
     *
     * @param detail a whole sentence
     */
    public record Finding(String file, String detail) {}

    /** What is known of who made an artifact. */
    public enum Authenticity {
        /** One of the keys that were given signed its provenance. */
        SIGNED,
        /** No key was given. It may be anybody's, also if there is a signature. */
        NOT_CHECKED,
        /** None of the keys that were given signed it. */
        NOT_SIGNED
    }

    /**
     * What came of it.
     *
     * @param findings empty if all is well
     * @param files how many files were read
     * @param bytes how many bytes they have
     * @param key the id of the key that signed it, if one of those that were given did
     */
    public record Outcome(
            List<Finding> findings, int files, long bytes, Authenticity authenticity, Optional<String> key) {

        public Outcome {
            findings = List.copyOf(findings);
        }
    }

    /** A file that was read, by its digests; {@code content} only if it is not large. */
    private record Content(Digest sha256, String md5, Optional<byte[]> content) {}

    /** Verifies an artifact, whichever image it is of. */
    public static Outcome verify(ArtifactFiles files, List<VerificationKey> keys)
            throws IOException, InterruptedException {
        return verify(files, keys, Expectation.NONE);
    }

    /**
     * Verifies an artifact.
     *
     * @param keys one of them must have signed; if there are none, nobody has to
     * @throws IOException if a file cannot be read
     * @throws FaultException if another machine does not give one
     */
    public static Outcome verify(ArtifactFiles files, List<VerificationKey> keys, Expectation expectation)
            throws IOException, InterruptedException {
        Verification verification = new Verification(files, expectation);
        Optional<Content> provenance = verification.contents();
        Optional<String> signer = verification.signature(provenance, keys);
        Authenticity authenticity = keys.isEmpty()
                ? Authenticity.NOT_CHECKED
                : signer.isPresent() ? Authenticity.SIGNED : Authenticity.NOT_SIGNED;
        return new Outcome(verification.findings, verification.read, verification.bytes, authenticity, signer);
    }

    /**
     * Signs an artifact's provenance.
     *
     * @return the content of {@code provenance.intoto.jsonl}
     * @throws FaultException if the files are not those that the provenance speaks of
     */
    public static byte[] sign(ArtifactFiles files, SigningKey key) throws IOException, InterruptedException {
        Verification verification = new Verification(files, Expectation.NONE);
        Optional<byte[]> provenance = verification.contents().flatMap(Content::content);
        if (provenance.isEmpty() || !verification.findings.isEmpty()) {
            Finding first = verification.findings.getFirst();
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "This is not signed, because its files are not those that were built: " + first.file() + ": "
                            + first.detail(),
                    "See all there is to find with metal-images verify, or build the image again.",
                    null);
        }
        return Envelope.sign(provenance.get(), key).toJson();
    }

    /** Verifies everything but the signature; gives the provenance, if there is one that can be read. */
    private Optional<Content> contents() throws IOException, InterruptedException {
        Optional<Content> provenance = read(ArtifactLocation.PROVENANCE);
        if (provenance.isEmpty()) {
            find(ArtifactLocation.PROVENANCE, "It is missing, so nobody knows what the other files should be.");
            return Optional.empty();
        }
        Optional<Provenance> parsed = provenance.get().content().flatMap(this::parse);
        if (parsed.isEmpty()) {
            return provenance;
        }
        requireExpected(parsed.get());
        Set<String> names = new LinkedHashSet<>(ESSENTIAL);
        names.addAll(parsed.get().subjects().keySet());
        ArtifactLocation.COMPANIONS.stream()
                .filter(name -> !name.equals(ArtifactLocation.PROVENANCE) && !name.equals(ArtifactLocation.SIGNATURE))
                .forEach(names::add);
        files.names().stream()
                .filter(name -> !names.contains(name)
                        && !name.equals(ArtifactLocation.PROVENANCE)
                        && !name.equals(ArtifactLocation.SIGNATURE))
                .forEach(name -> find(name, UNMENTIONED));
        Optional<Content> tarball = Optional.empty();
        for (String name : names) {
            Optional<Digest> expected =
                    Optional.ofNullable(parsed.get().subjects().get(name));
            Optional<Content> found = verify(name, expected);
            if (name.equals(ArtifactLocation.TARBALL)) {
                tarball = found;
            } else if (tarball.isPresent() && name.equals(MD5_FILE)) {
                requireSum(name, found, tarball.get().md5());
            } else if (tarball.isPresent() && name.equals(SHA256_FILE)) {
                requireSum(name, found, tarball.get().sha256().hex());
            }
        }
        return provenance;
    }

    private void requireExpected(Provenance provenance) {
        expectation
                .image()
                .filter(image -> !provenance.image().equals(Optional.of(image)))
                .ifPresent(image -> find(
                        ArtifactLocation.PROVENANCE,
                        provenance
                                .image()
                                .map(other -> "It is of " + ForeignText.line(other) + ", and not of " + image + ".")
                                .orElse("It does not tell which image it is of.")));
        expectation.notBefore().ifPresent(first -> {
            Optional<LocalDate> day = provenance.date().map(date -> LocalDate.ofInstant(date, ZoneOffset.UTC));
            if (day.filter(date -> !date.isBefore(first)).isEmpty()) {
                find(
                        ArtifactLocation.PROVENANCE,
                        day.map(date -> "Its sources are of " + date + ", before " + first
                                        + ": an older image may have been put in the place of this one.")
                                .orElse("It does not tell of when its sources are."));
            }
        });
    }

    private Optional<Provenance> parse(byte[] json) {
        try {
            return Optional.of(Provenance.parse(json, "It"));
        } catch (FaultException damaged) {
            find(ArtifactLocation.PROVENANCE, String.valueOf(damaged.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<Content> verify(String name, Optional<Digest> expected) throws IOException, InterruptedException {
        Optional<Content> found = read(name);
        if (found.isEmpty()) {
            if (expected.isPresent() || ESSENTIAL.contains(name)) {
                find(name, "It is missing.");
            }
        } else if (expected.isEmpty()) {
            find(name, UNMENTIONED);
        } else if (!found.get().sha256().equals(expected.get())) {
            find(
                    name,
                    "It is not what was built: its SHA-256 is " + found.get().sha256() + " and should be "
                            + expected.get() + ".");
        }
        return found;
    }

    private void requireSum(String name, Optional<Content> found, String sum) {
        String expected = sum + "  " + ArtifactLocation.TARBALL + "\n";
        boolean right = found.flatMap(Content::content)
                .filter(text -> Arrays.equals(text, expected.getBytes(StandardCharsets.US_ASCII)))
                .isPresent();
        if (found.isPresent() && !right) {
            find(name, "It is not the checksum of the tarball, which is " + sum + ".");
        }
    }

    /** The key that signed, if one of {@code keys} did. */
    private Optional<String> signature(Optional<Content> provenance, List<VerificationKey> keys)
            throws IOException, InterruptedException {
        Optional<Content> file = read(ArtifactLocation.SIGNATURE);
        if (file.isEmpty()) {
            if (!keys.isEmpty()) {
                find(ArtifactLocation.SIGNATURE, "It is missing: the image is not signed.");
            }
            return Optional.empty();
        }
        Optional<Envelope> envelope = file.get().content().flatMap(this::parseEnvelope);
        if (envelope.isEmpty() || provenance.flatMap(Content::content).isEmpty()) {
            return Optional.empty();
        }
        if (!Arrays.equals(
                envelope.get().statement(), provenance.flatMap(Content::content).get())) {
            find(ArtifactLocation.SIGNATURE, "What was signed is not what is in " + ArtifactLocation.PROVENANCE + ".");
            return Optional.empty();
        }
        List<VerificationKey> signers = envelope.get().signedBy(keys);
        if (!keys.isEmpty() && signers.isEmpty()) {
            find(ArtifactLocation.SIGNATURE, "It is not by the key that was given, or was changed since.");
        } else if (!keys.isEmpty()) {
            envelope.get()
                    .notSignedBy(keys)
                    .forEach(signature -> find(
                            ArtifactLocation.SIGNATURE,
                            "It has another signature, by a key that was not given"
                                    + (signature.keyId().isEmpty()
                                            ? "."
                                            : ": " + ForeignText.line(signature.keyId()) + ".")));
        }
        return signers.stream().findFirst().map(VerificationKey::id);
    }

    private Optional<Envelope> parseEnvelope(byte[] json) {
        try {
            return Optional.of(Envelope.parse(json, "It"));
        } catch (FaultException damaged) {
            find(ArtifactLocation.SIGNATURE, String.valueOf(damaged.getMessage()));
            return Optional.empty();
        }
    }

    private void find(String file, String detail) {
        findings.add(new Finding(file, detail));
    }

    private Optional<Content> read(String name) throws IOException, InterruptedException {
        Optional<ArtifactFiles.Opened> opened = files.open(name);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (ArtifactFiles.Opened file = opened.get()) {
            Content content = read(file.content(), !name.equals(ArtifactLocation.TARBALL));
            if (file.promised()
                    .filter(promised -> !promised.equals(content.sha256()))
                    .isPresent()) {
                find(name, "It is not what the index of its channel says it is.");
            }
            boolean document = name.equals(ArtifactLocation.PROVENANCE) || name.equals(ArtifactLocation.SIGNATURE);
            if (document && content.content().isEmpty()) {
                find(name, "It is larger than " + (LARGEST_DOCUMENT >> 20) + " MiB.");
            }
            return Optional.of(content);
        }
    }

    private Content read(InputStream input, boolean keep) throws IOException, InterruptedException {
        MessageDigest sha256 = digest("SHA-256");
        MessageDigest md5 = digest("MD5");
        byte[] kept = keep ? input.readNBytes(LARGEST_DOCUMENT) : new byte[0];
        sha256.update(kept);
        md5.update(kept);
        long length = kept.length;
        byte[] buffer = new byte[BUFFER];
        for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            sha256.update(buffer, 0, count);
            md5.update(buffer, 0, count);
            length += count;
        }
        read++;
        bytes += length;
        HexFormat hexadecimal = HexFormat.of();
        return new Content(
                new Digest(hexadecimal.formatHex(sha256.digest())),
                hexadecimal.formatHex(md5.digest()),
                keep && length == kept.length ? Optional.of(kept) : Optional.empty());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has " + algorithm, impossible);
        }
    }
}

package io.metalimages.supplychain.signature;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.supplychain.statement.Provenance;
import io.metalimages.supplychain.statement.TestResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds the files of an artifact against its provenance, its checksums, its test result, and the signatures of both
 * statements. Nothing is kept of what is read.
 */
public final class Verification {

    private static final int LARGEST_DOCUMENT = 16 << 20;
    private static final int BUFFER = 1 << 20;
    private static final String MD5_FILE = ArtifactLocation.TARBALL + ArtifactLocation.MD5_SUFFIX;
    private static final String SHA256_FILE = ArtifactLocation.TARBALL + ArtifactLocation.SHA256_SUFFIX;

    /** Clocks differ; a test of sources that are made a day later was not of them. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofDays(1);

    private static final String UNMENTIONED = "The provenance does not speak of it: it came there later.";

    /** What every artifact has, and its provenance has to speak of. */
    private static final List<String> ESSENTIAL =
            List.of(ArtifactLocation.TARBALL, MD5_FILE, SHA256_FILE, ArtifactLocation.PACKAGES);

    /** What the provenance cannot speak of: itself, and what is made later. */
    private static final Set<String> NOT_BUILT = Stream.concat(
                    Stream.of(ArtifactLocation.PROVENANCE), ArtifactLocation.MADE_LATER.stream())
            .collect(Collectors.toUnmodifiableSet());

    private final ArtifactFiles files;
    private final Expectation expectation;
    private final Set<String> listed;
    private final List<Finding> findings = new ArrayList<>();
    private int read;
    private long bytes;

    private Verification(ArtifactFiles files, Expectation expectation) throws IOException {
        this.files = files;
        this.expectation = expectation;
        this.listed = files.names();
    }

    /**
     * What an artifact is taken for: what is signed has to be that, and not another image of the same signer.
     *
     * @param image such as {@code debian/12}; empty if any is meant
     * @param notBefore the first day, in UTC, of which its sources may be; empty if they may be of any
     * @param tested whether it has to have passed its full test
     */
    public record Expectation(Optional<String> image, Optional<LocalDate> notBefore, boolean tested) {

        /** Any image, however old. */
        public static final Expectation NONE = new Expectation(Optional.empty(), Optional.empty(), false);

        public static Expectation of(String image) {
            return new Expectation(Optional.of(image), Optional.empty(), false);
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
     * @param testResult empty if there is none that can be read
     */
    public record Outcome(
            List<Finding> findings,
            int files,
            long bytes,
            Authenticity authenticity,
            Optional<String> key,
            Optional<TestResult> testResult) {

        public Outcome {
            findings = List.copyOf(findings);
        }
    }

    /** A file that was read, by its digests; {@code content} only if it is not large. */
    private record Content(Digest sha256, String md5, Optional<byte[]> content) {}

    /** What the files that were built are; empty where they cannot be read. */
    private record Built(Optional<Content> provenance, Optional<Provenance> parsed, Optional<Content> tarball) {

        static final Built NOTHING = new Built(Optional.empty(), Optional.empty(), Optional.empty());
    }

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
        Built built = verification.built();
        boolean mustBeSigned = !keys.isEmpty();
        Optional<String> signer = verification.signer(
                ArtifactLocation.PROVENANCE, built.provenance(), ArtifactLocation.SIGNATURE, mustBeSigned, keys);
        Authenticity authenticity = keys.isEmpty()
                ? Authenticity.NOT_CHECKED
                : signer.isPresent() ? Authenticity.SIGNED : Authenticity.NOT_SIGNED;
        Optional<TestResult> test = verification.testResult(built, keys);
        return new Outcome(verification.findings, verification.read, verification.bytes, authenticity, signer, test);
    }

    /**
     * Signs an artifact's provenance, and its test result, if it has one.
     *
     * @return the contents of {@code provenance.intoto.jsonl} and {@code test-result.intoto.jsonl}, by their names
     * @throws FaultException if the files are not those that these statements speak of
     */
    public static SequencedMap<String, byte[]> sign(ArtifactFiles files, SigningKey key)
            throws IOException, InterruptedException {
        Verification verification = new Verification(files, Expectation.NONE);
        Built built = verification.built();
        Optional<Content> test = verification.read(ArtifactLocation.TEST_RESULT);
        test.flatMap(Content::content).ifPresent(content -> verification.testResult(content, built));
        Optional<byte[]> provenance = built.provenance().flatMap(Content::content);
        if (provenance.isEmpty() || !verification.findings.isEmpty()) {
            Finding first = verification.findings.getFirst();
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "This is not signed, because its files are not those that were built: " + first.file() + ": "
                            + first.detail(),
                    "See all there is to find with metal-images verify, or build the image again.",
                    null);
        }
        SequencedMap<String, byte[]> signatures = new LinkedHashMap<>();
        signatures.put(
                ArtifactLocation.SIGNATURE, Envelope.sign(provenance.get(), key).toJson());
        test.flatMap(Content::content)
                .ifPresent(content -> signatures.put(
                        ArtifactLocation.TEST_RESULT_SIGNATURE,
                        Envelope.sign(content, key).toJson()));
        return signatures;
    }

    /**
     * Whether an envelope holds exactly this statement, whoever signed it.
     *
     * @throws FaultException if it is no envelope
     */
    public static boolean isSignedForm(byte[] envelope, byte[] statement) {
        return Arrays.equals(Envelope.parse(envelope, "The signature").statement(), statement);
    }

    /** Verifies everything that a build makes. */
    private Built built() throws IOException, InterruptedException {
        Optional<Content> provenance = read(ArtifactLocation.PROVENANCE);
        if (provenance.isEmpty()) {
            find(ArtifactLocation.PROVENANCE, "It is missing, so nobody knows what the other files should be.");
            return Built.NOTHING;
        }
        Optional<Provenance> parsed = provenance
                .get()
                .content()
                .flatMap(json -> parse(ArtifactLocation.PROVENANCE, () -> Provenance.parse(json, "It")));
        if (parsed.isEmpty()) {
            return new Built(provenance, parsed, Optional.empty());
        }
        requireExpected(parsed.get());
        Set<String> names = new LinkedHashSet<>(ESSENTIAL);
        names.addAll(parsed.get().subjects().keySet());
        names.addAll(ArtifactLocation.SIDECARS);
        NOT_BUILT.stream()
                .filter(parsed.get().subjects()::containsKey)
                .forEach(name -> find(
                        ArtifactLocation.PROVENANCE, "It speaks of " + name + ", which is made when it is there."));
        listed.stream().filter(name -> !names.contains(name)).forEach(name -> find(name, UNMENTIONED));
        names.removeAll(NOT_BUILT);
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
        return new Built(provenance, parsed, tarball);
    }

    private Optional<TestResult> testResult(Built built, List<VerificationKey> keys)
            throws IOException, InterruptedException {
        Optional<Content> file = read(ArtifactLocation.TEST_RESULT);
        if (file.isEmpty()) {
            if (read(ArtifactLocation.TEST_RESULT_SIGNATURE).isPresent()) {
                find(ArtifactLocation.TEST_RESULT, "It is missing, although it was signed.");
            } else if (expectation.tested()) {
                find(ArtifactLocation.TEST_RESULT, "It is missing: nothing shows that the image was tested.");
            }
            return Optional.empty();
        }
        boolean mustBeSigned = !keys.isEmpty() || isPresent(ArtifactLocation.SIGNATURE);
        signer(ArtifactLocation.TEST_RESULT, file, ArtifactLocation.TEST_RESULT_SIGNATURE, mustBeSigned, keys);
        return file.get().content().flatMap(json -> testResult(json, built));
    }

    /** Holds a test result against the image that was built. */
    private Optional<TestResult> testResult(byte[] json, Built built) {
        Optional<TestResult> result = parse(ArtifactLocation.TEST_RESULT, () -> TestResult.parse(json, "It"));
        if (result.isEmpty() || built.tarball().isEmpty()) {
            return result;
        }
        TestResult test = result.get();
        Digest tarball = built.tarball().get().sha256();
        Optional<String> image = expectation.image().or(() -> built.parsed().flatMap(Provenance::image));
        if (!test.tarball().equals(tarball)) {
            find(
                    ArtifactLocation.TEST_RESULT,
                    "It is of another tarball: that one's SHA-256 is " + test.tarball() + ".");
        } else if (image.filter(name -> !name.equals(test.image())).isPresent()) {
            find(
                    ArtifactLocation.TEST_RESULT,
                    "It is of " + ForeignText.line(test.image()) + ", and not of " + image.get() + ".");
        }
        built.parsed()
                .flatMap(Provenance::date)
                .filter(date -> test.started().plus(CLOCK_DIFFERENCE).isBefore(date))
                .ifPresent(date -> find(
                        ArtifactLocation.TEST_RESULT,
                        "The test started on " + test.started() + ", before the image's sources were made, on " + date
                                + "."));
        if (expectation.tested()) {
            test.shortfall(tarball, image.orElse(test.image()))
                    .ifPresent(reason -> find(ArtifactLocation.TEST_RESULT, "The image " + reason + "."));
        }
        return result;
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

    private <T> Optional<T> parse(String name, Supplier<T> parser) {
        try {
            return Optional.of(parser.get());
        } catch (FaultException damaged) {
            find(name, String.valueOf(damaged.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<Content> verify(String name, Optional<Digest> expected) throws IOException, InterruptedException {
        Optional<Content> found = read(name);
        if (found.isEmpty()) {
            if (!listed.contains(name) && (expected.isPresent() || ESSENTIAL.contains(name))) {
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

    /** The id of the key that signed a statement, if one of {@code keys} did. */
    private Optional<String> signer(
            String name,
            Optional<Content> statement,
            String signature,
            boolean mustBeSigned,
            List<VerificationKey> keys)
            throws IOException, InterruptedException {
        Optional<Content> file = read(signature);
        if (file.isEmpty()) {
            if (mustBeSigned) {
                find(signature, "It is missing: " + name + " is not signed.");
            }
            return Optional.empty();
        }
        Optional<Envelope> envelope =
                file.get().content().flatMap(json -> parse(signature, () -> Envelope.parse(json, "It")));
        Optional<byte[]> signed = statement.flatMap(Content::content);
        if (envelope.isEmpty() || signed.isEmpty()) {
            return Optional.empty();
        }
        if (!Arrays.equals(envelope.get().statement(), signed.get())) {
            find(signature, "What was signed is not what is in " + name + ".");
            return Optional.empty();
        }
        if (envelope.get().hasDuplicates()) {
            find(signature, "It has the same signature twice.");
        }
        List<VerificationKey> signers = envelope.get().signedBy(keys);
        if (!keys.isEmpty() && signers.isEmpty()) {
            find(signature, "It is not by the key that was given, or was changed since.");
        } else if (!keys.isEmpty()) {
            envelope.get()
                    .notSignedBy(keys)
                    .forEach(other -> find(
                            signature,
                            "It has another signature, by a key that was not given"
                                    + (other.keyId().isEmpty() ? "." : ": " + ForeignText.line(other.keyId()) + ".")));
        }
        return signers.stream().findFirst().map(VerificationKey::id);
    }

    private boolean isPresent(String name) throws IOException, InterruptedException {
        Optional<ArtifactFiles.Opened> opened = files.open(name);
        if (opened.isPresent()) {
            opened.get().close();
        }
        return opened.isPresent();
    }

    private void find(String file, String detail) {
        findings.add(new Finding(file, detail));
    }

    private Optional<Content> read(String name) throws IOException, InterruptedException {
        Optional<ArtifactFiles.Known> known = files.known(name);
        if (known.isPresent()) {
            read++;
            bytes += known.get().bytes();
            return Optional.of(new Content(known.get().sha256(), known.get().md5(), Optional.empty()));
        }
        Optional<ArtifactFiles.Opened> opened = files.open(name);
        if (opened.isEmpty()) {
            if (listed.contains(name)) {
                find(name, "It cannot be read: it is not a regular file, or its content is lost.");
            }
            return Optional.empty();
        }
        try (ArtifactFiles.Opened file = opened.get()) {
            Content content = read(file.content(), !name.equals(ArtifactLocation.TARBALL));
            if (file.promised()
                    .filter(promised -> !promised.equals(content.sha256()))
                    .isPresent()) {
                find(name, "It is not what the index of its channel says it is.");
            }
            if (NOT_BUILT.contains(name) && content.content().isEmpty()) {
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

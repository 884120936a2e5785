package io.metalimages.supplychain.signature;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Many ways to have another image taken for one that was built, tested and signed. Each is refused, by the name of the file or
 * the fact that is wrong. No two of them leave the same files behind.
 */
final class TamperedArtifactTest {

    private static final String IMAGE = "debian/12";
    private static final String TARBALL = "img.tar.lz4";
    private static final String PROVENANCE = "provenance.json";
    private static final String SIGNATURE = "provenance.intoto.jsonl";
    private static final String TEST = "test-result.json";
    private static final String TEST_SIGNATURE = "test-result.intoto.jsonl";
    private static final List<String> FILES = List.of(
            TARBALL,
            "img.tar.lz4.md5",
            "img.tar.lz4.sha256",
            "packages.txt",
            "security-updates.json",
            "sbom.cdx.json",
            "sbom.spdx.json",
            PROVENANCE,
            SIGNATURE,
            TEST,
            TEST_SIGNATURE);

    private static final Verification.Expectation EXPECTED =
            new Verification.Expectation(Optional.of(IMAGE), Optional.of(LocalDate.parse("2026-05-01")), true);

    @TempDir
    private static Path samples;

    private static final Set<String> SEEN = new HashSet<>();

    /** What somebody does to an artifact. */
    @FunctionalInterface
    interface Tampering {
        void with(Image image) throws Exception;
    }

    /** An artifact that may be changed. */
    record Image(Path directory) {

        Path file(String name) {
            return directory.resolve(name);
        }

        byte[] bytes(String name) throws IOException {
            return Files.readAllBytes(file(name));
        }

        void write(String name, String text) throws IOException {
            Files.writeString(file(name), text);
        }

        void copy(String name, String sample) throws IOException {
            Files.write(
                    file(name),
                    Files.readAllBytes(samples.resolve(sample).resolve("image").resolve(name)));
        }

        /** Changes a document of JSON. */
        void edit(String name, Consumer<ObjectNode> change) throws IOException {
            ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(bytes(name));
            change.accept(root);
            Files.write(file(name), JsonMapper.shared().writeValueAsBytes(root));
        }

        /** Changes a statement, and has it signed as it is then by the key that is trusted. */
        void reissue(String name, Consumer<ObjectNode> change) throws IOException {
            edit(name, change);
            sign(name, SampleKeys.KEY);
        }

        void sign(String name, SigningKey key) throws IOException {
            Files.write(
                    file(name.equals(PROVENANCE) ? SIGNATURE : TEST_SIGNATURE),
                    Envelope.sign(bytes(name), key).toJson());
        }

        /** Has a file in the provenance as it is now. */
        void admit(String name) throws IOException {
            String sha256 = Digest.ofFile(file(name)).hex();
            reissue(PROVENANCE, root -> subject(root, name).putObject("digest").put("sha256", sha256));
        }

        void signatures(String name, Consumer<ArrayNode> change) throws IOException {
            edit(name, root -> change.accept((ArrayNode) root.path("signatures")));
        }

        /** Has the result of another test signed. */
        void retest(TestResult result) throws IOException {
            Files.write(file(TEST), result.toJson());
            sign(TEST, SampleKeys.KEY);
        }

        TestResult test() throws IOException {
            return TestResult.parse(bytes(TEST), "the test result");
        }
    }

    @BeforeAll
    static void make() throws Exception {
        make("ours", IMAGE, "2026-05-01T00:00:00Z");
        make("other image", "firewall/3.0-debian", "2026-05-02T00:00:00Z");
        make("other version", "debian/13", "2026-05-03T00:00:00Z");
        make("older build", IMAGE, "2026-04-01T00:00:00Z");
    }

    private static void make(String name, String image, String date) throws Exception {
        SampleArtifact artifact =
                new SampleArtifact(Files.createDirectory(samples.resolve(name)), image, Instant.parse(date));
        artifact.test(SampleArtifact.FULL_TEST, List.of(), List.of());
        artifact.sign(SampleKeys.KEY);
    }

    private static ObjectNode subject(ObjectNode root, String name) {
        return (ObjectNode) root.path("subject")
                .valueStream()
                .filter(subject -> subject.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ArrayNode subjects(ObjectNode root) {
        return (ArrayNode) root.path("subject");
    }

    private static ObjectNode parameters(ObjectNode root, String kind) {
        return (ObjectNode) root.path("predicate").path("buildDefinition").path(kind);
    }

    private static ObjectNode predicate(ObjectNode root) {
        return (ObjectNode) root.path("predicate");
    }

    private static ObjectNode circumstances(ObjectNode root) {
        return (ObjectNode) predicate(root).path("configuration").path(0).path("annotations");
    }

    private static void rename(ObjectNode root, String name) {
        subject(root, "packages.txt").put("name", name);
    }

    private static Arguments tampering(String what, String file, String reason, Tampering tampering) {
        return Arguments.of(what, file, reason, tampering);
    }

    /** One of each kind for every file. */
    private static Stream<Arguments> ofEachFile() {
        return FILES.stream()
                .flatMap(name -> Stream.of(
                        tampering("a bit of " + name + " is flipped", name, "", image -> {
                            byte[] bytes = image.bytes(name);
                            bytes[bytes.length / 2] ^= 1;
                            Files.write(image.file(name), bytes);
                        }),
                        tampering("half of " + name + " is cut off", name, "", image -> {
                            byte[] bytes = image.bytes(name);
                            Files.write(image.file(name), Arrays.copyOf(bytes, bytes.length / 2));
                        }),
                        tampering(name + " is empty", name, "", image -> image.write(name, "")),
                        tampering(name + " is gone", name, "It is missing", image -> Files.delete(image.file(name))),
                        tampering(name + " is of another image", name, "", image -> image.copy(name, "other image")),
                        tampering(
                                name + " is of another version", name, "", image -> image.copy(name, "other version")),
                        tampering(name + " is of an older build", name, "", image -> image.copy(name, "older build")),
                        tampering(
                                name + " is a symbolic link to what it should be",
                                name,
                                "It cannot be read: it is not a regular file",
                                image -> {
                                    Files.delete(image.file(name));
                                    Files.createSymbolicLink(
                                            image.file(name),
                                            samples.resolve("ours/image").resolve(name));
                                })));
    }

    /** Files that nobody signed, and all files exchanged at once. */
    private static Stream<Arguments> ofTheDirectory() {
        String unmentioned = "The provenance does not speak of it: it came there later.";
        return Stream.of(
                tampering("a script is added", "install.sh", unmentioned, image -> image.write("install.sh", "#!")),
                tampering("a hidden file is added", ".profile", unmentioned, image -> image.write(".profile", "")),
                tampering(
                        "a tarball in capitals is added",
                        "IMG.TAR.LZ4",
                        unmentioned,
                        image -> image.write("IMG.TAR.LZ4", "")),
                tampering(
                        "another checksum is added",
                        "img.tar.lz4.sha512",
                        unmentioned,
                        image -> image.write("img.tar.lz4.sha512", "0")),
                tampering(
                        "a link that leads nowhere is added",
                        "passwd",
                        unmentioned,
                        image -> Files.createSymbolicLink(image.file("passwd"), Path.of("/nonexistent"))),
                tampering("a name with a line break is added", "a\nb", unmentioned, image -> image.write("a\nb", "")),
                tampering("a directory is in the place of a list", "packages.txt", "It is missing.", image -> {
                    Files.delete(image.file("packages.txt"));
                    Files.createDirectory(image.file("packages.txt"));
                }),
                tampering(
                        "a byte is added to the tarball",
                        TARBALL,
                        "It is not what was built",
                        image -> Files.write(
                                image.file(TARBALL),
                                Arrays.copyOf(image.bytes(TARBALL), image.bytes(TARBALL).length + 1))),
                tampering("the tarball and its checksums are another's", TARBALL, "It is not what was built", image -> {
                    for (String name : FILES.subList(0, 3)) {
                        image.copy(name, "other image");
                    }
                }),
                tampering("all is another image's", PROVENANCE, "It is of firewall/3.0-debian, and not of", image -> {
                    for (String name : FILES) {
                        image.copy(name, "other image");
                    }
                }),
                tampering(
                        "all is another version's", PROVENANCE, "It is of debian/13, and not of debian/12.", image -> {
                            for (String name : FILES) {
                                image.copy(name, "other version");
                            }
                        }),
                tampering("all is an older build's", PROVENANCE, "Its sources are of 2026-04-01, before", image -> {
                    for (String name : FILES) {
                        image.copy(name, "older build");
                    }
                }),
                tampering(
                        "a checksum is huge",
                        "img.tar.lz4.md5",
                        "It is not what was built",
                        image -> image.write("img.tar.lz4.md5", " ".repeat((16 << 20) + 1))));
    }

    /** Statements that the key that is trusted did sign. */
    private static Stream<Arguments> ofTheProvenance() {
        return Stream.of(
                tampering(
                        "a file is left out",
                        "sbom.cdx.json",
                        "does not speak of it",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subjects(root)
                                        .removeIf(each ->
                                                each.path("name").asString().equals("sbom.cdx.json")))),
                tampering(
                        "the tarball is left out",
                        TARBALL,
                        "does not speak of it",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subjects(root)
                                        .removeIf(each ->
                                                each.path("name").asString().equals(TARBALL)))),
                tampering(
                        "no file is left",
                        PROVENANCE,
                        "it speaks of no file",
                        image -> image.reissue(PROVENANCE, root -> root.putArray("subject"))),
                tampering(
                        "a file is added",
                        "install.sh",
                        "It is missing.",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subjects(root)
                                        .addObject()
                                        .put("name", "install.sh")
                                        .putObject("digest")
                                        .put("sha256", "0".repeat(64)))),
                tampering(
                        "a file has another name",
                        "packages.txt",
                        "does not speak of it",
                        image -> image.reissue(PROVENANCE, root -> rename(root, "Packages.txt"))),
                tampering(
                        "a file is there twice",
                        PROVENANCE,
                        "it speaks of packages.txt twice",
                        image ->
                                image.reissue(PROVENANCE, root -> subjects(root).add(subject(root, "packages.txt")))),
                tampering(
                        "the digests of two are exchanged",
                        "sbom.cdx.json",
                        "It is not what was built",
                        image -> image.reissue(PROVENANCE, root -> {
                            JsonNode one = subject(root, "sbom.cdx.json").path("digest");
                            JsonNode two = subject(root, "sbom.spdx.json").path("digest");
                            subject(root, "sbom.cdx.json").set("digest", two);
                            subject(root, "sbom.spdx.json").set("digest", one);
                        })),
                tampering(
                        "a digest is by SHA-512",
                        PROVENANCE,
                        "it has no SHA-256 of packages.txt",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subject(root, "packages.txt")
                                        .putObject("digest")
                                        .put("sha512", "0".repeat(128)))),
                tampering(
                        "a digest is by MD5",
                        PROVENANCE,
                        "it has no SHA-256 of img.tar.lz4",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subject(root, TARBALL)
                                        .putObject("digest")
                                        .put("md5", "0".repeat(32)))),
                tampering(
                        "a digest is an MD5 by another name",
                        PROVENANCE,
                        "it has no SHA-256 of",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subject(root, TARBALL)
                                        .putObject("digest")
                                        .put("sha256", "0".repeat(32)))),
                tampering(
                        "a name leads up",
                        PROVENANCE,
                        "without a proper name: \"../packages.txt\"",
                        image -> image.reissue(PROVENANCE, root -> rename(root, "../packages.txt"))),
                tampering(
                        "a name is a path",
                        PROVENANCE,
                        "without a proper name: \"/etc/passwd\"",
                        image -> image.reissue(PROVENANCE, root -> rename(root, "/etc/passwd"))),
                tampering(
                        "a name has a directory",
                        PROVENANCE,
                        "a proper name: \"test/packages.txt\"",
                        image -> image.reissue(PROVENANCE, root -> rename(root, "test/packages.txt"))),
                tampering(
                        "a name has a zero",
                        PROVENANCE,
                        "a proper name: \"packages.txt\"",
                        image -> image.reissue(PROVENANCE, root -> rename(root, "packages.txt\0"))),
                tampering(
                        "a name is hidden",
                        PROVENANCE,
                        "a proper name: \".packages.txt\"",
                        image -> image.reissue(PROVENANCE, root -> rename(root, ".packages.txt"))),
                tampering(
                        "a name is none",
                        PROVENANCE,
                        "a proper name: \"\"",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> subject(root, "packages.txt").remove("name"))),
                tampering(
                        "it speaks of itself",
                        PROVENANCE,
                        "It speaks of provenance.json",
                        image -> image.reissue(PROVENANCE, root -> rename(root, PROVENANCE))),
                tampering(
                        "it speaks of the test",
                        PROVENANCE,
                        "It speaks of test-result.json",
                        image -> image.reissue(PROVENANCE, root -> rename(root, TEST))),
                tampering(
                        "it is a statement of another version",
                        PROVENANCE,
                        "it is no in-toto statement",
                        image -> image.reissue(
                                PROVENANCE, root -> root.put("_type", "https://in-toto.io/Statement/v0.1"))),
                tampering(
                        "it is another predicate",
                        PROVENANCE,
                        "it is no provenance",
                        image -> image.reissue(
                                PROVENANCE, root -> root.put("predicateType", "https://slsa.dev/provenance/v0.2"))),
                tampering("it is a test result", PROVENANCE, "it is no provenance", image -> {
                    Files.write(image.file(PROVENANCE), image.bytes(TEST));
                    Files.write(image.file(SIGNATURE), image.bytes(TEST_SIGNATURE));
                }),
                tampering(
                        "it is of another image",
                        PROVENANCE,
                        "It is of debian/13",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> parameters(root, "externalParameters").put("image", "debian/13"))),
                tampering(
                        "it is of no image",
                        PROVENANCE,
                        "It does not tell which image it is of",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> parameters(root, "externalParameters").remove("image"))),
                tampering(
                        "it is back-dated",
                        PROVENANCE,
                        "Its sources are of 1970-01-01, before",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> parameters(root, "internalParameters").put("sourceDateEpoch", 0))),
                tampering(
                        "it has no date",
                        PROVENANCE,
                        "It does not tell of when its sources are",
                        image -> image.reissue(
                                PROVENANCE,
                                root -> parameters(root, "internalParameters").removeAll())),
                tampering("a member is there twice", PROVENANCE, "is damaged: Duplicate", image -> {
                    String json = new String(image.bytes(PROVENANCE), StandardCharsets.UTF_8);
                    image.write(PROVENANCE, json.replaceFirst("\\{", "{ \"subject\" : [ ],"));
                    image.sign(PROVENANCE, SampleKeys.KEY);
                }),
                tampering("a second document follows", PROVENANCE, "is damaged: Trailing token", image -> {
                    String json = new String(image.bytes(PROVENANCE), StandardCharsets.UTF_8);
                    image.write(PROVENANCE, json + json);
                    image.sign(PROVENANCE, SampleKeys.KEY);
                }),
                tampering("it is a list", PROVENANCE, "it is no in-toto statement", image -> {
                    image.write(PROVENANCE, "[]");
                    image.sign(PROVENANCE, SampleKeys.KEY);
                }),
                tampering("it is very deep", PROVENANCE, "is damaged: Document nesting depth", image -> {
                    image.write(PROVENANCE, "[".repeat(100_000));
                    image.sign(PROVENANCE, SampleKeys.KEY);
                }),
                tampering("it is huge", PROVENANCE, "It is larger than 16 MiB.", image -> {
                    String json = new String(image.bytes(PROVENANCE), StandardCharsets.UTF_8);
                    image.write(PROVENANCE, json + " ".repeat(16 << 20));
                }),
                tampering(
                        "it is written otherwise",
                        SIGNATURE,
                        "is not what is in provenance.json",
                        image -> image.edit(PROVENANCE, root -> {})),
                tampering("the MD5 is another's", "img.tar.lz4.md5", "It is not the checksum of the tarball", image -> {
                    image.copy("img.tar.lz4.md5", "other image");
                    image.admit("img.tar.lz4.md5");
                }),
                tampering("the SHA-256 is another's", "img.tar.lz4.sha256", "It is not the checksum", image -> {
                    image.copy("img.tar.lz4.sha256", "older build");
                    image.admit("img.tar.lz4.sha256");
                }),
                tampering("a checksum is of another name", "img.tar.lz4.md5", "It is not the checksum", image -> {
                    String sum = new String(image.bytes("img.tar.lz4.md5"), StandardCharsets.UTF_8);
                    image.write("img.tar.lz4.md5", sum.replace(TARBALL, "other.tar.lz4"));
                    image.admit("img.tar.lz4.md5");
                }),
                tampering("a checksum has a second line", "img.tar.lz4.sha256", "It is not the checksum", image -> {
                    String sum = new String(image.bytes("img.tar.lz4.sha256"), StandardCharsets.UTF_8);
                    image.write("img.tar.lz4.sha256", sum + "0".repeat(64) + "  " + TARBALL + "\n");
                    image.admit("img.tar.lz4.sha256");
                }));
    }

    /** What signs the provenance; the test result's is read by the same code. */
    private static Stream<Arguments> ofTheSignature() {
        String formless = "It is not in the form in which signatures are written.";
        String strange = "It is not by the key that was given, or was changed since.";
        return Stream.of(
                tampering(
                        "the type is another",
                        SIGNATURE,
                        formless,
                        image -> image.edit(SIGNATURE, root -> root.put("payloadType", "text/plain"))),
                tampering(
                        "the type is almost the same",
                        SIGNATURE,
                        formless,
                        image ->
                                image.edit(SIGNATURE, root -> root.put("payloadType", "application/vnd.in-toto+JSON"))),
                tampering(
                        "the type is missing",
                        SIGNATURE,
                        formless,
                        image -> image.edit(SIGNATURE, root -> root.remove("payloadType"))),
                tampering(
                        "no signature is left",
                        SIGNATURE,
                        formless,
                        image -> image.signatures(SIGNATURE, ArrayNode::removeAll)),
                tampering(
                        "signatures are not even named",
                        SIGNATURE,
                        formless,
                        image -> image.edit(SIGNATURE, root -> root.remove("signatures"))),
                tampering(
                        "the payload is missing",
                        SIGNATURE,
                        formless,
                        image -> image.edit(SIGNATURE, root -> root.remove("payload"))),
                tampering(
                        "the payload is another image's",
                        SIGNATURE,
                        "is not what is in provenance.json",
                        image -> image.edit(SIGNATURE, root -> root.put("payload", payload("other image", SIGNATURE)))),
                tampering(
                        "a signature is there twice",
                        SIGNATURE,
                        "It has the same signature twice.",
                        image -> image.signatures(SIGNATURE, all -> all.add(all.path(0)))),
                tampering(
                        "a signature is there too often",
                        SIGNATURE,
                        formless,
                        image -> image.signatures(SIGNATURE, all -> {
                            for (int number = 0; number < 64; number++) {
                                all.add(all.path(0));
                            }
                        })),
                tampering("another key signed", SIGNATURE, strange, image -> image.sign(PROVENANCE, SampleKeys.OTHER)),
                tampering("another key signed in the name of ours", SIGNATURE, strange, image -> {
                    image.sign(PROVENANCE, SampleKeys.OTHER);
                    image.signatures(
                            SIGNATURE,
                            all -> ((ObjectNode) all.path(0))
                                    .put("keyid", SampleKeys.KEY.verification().id()));
                }),
                tampering("another key signed, too", SIGNATURE, "It has another signature, by a key", image -> {
                    JsonNode first = JsonMapper.shared()
                            .readTree(image.bytes(SIGNATURE))
                            .path("signatures")
                            .path(0);
                    image.sign(PROVENANCE, SampleKeys.OTHER);
                    image.signatures(SIGNATURE, all -> all.insert(0, first));
                }),
                tampering(
                        "the signature is over another image",
                        SIGNATURE,
                        strange,
                        image -> image.signatures(
                                SIGNATURE,
                                all -> all.removeAll().addObject().put("sig", signatureOf("other image", SIGNATURE)))),
                tampering(
                        "the signature is over the test result",
                        SIGNATURE,
                        strange,
                        image -> image.signatures(
                                SIGNATURE,
                                all -> all.removeAll().addObject().put("sig", signatureOf("ours", TEST_SIGNATURE)))),
                tampering("the signature is over the plain payload", SIGNATURE, strange, image -> {
                    String plain = Base64.getEncoder().encodeToString(SampleKeys.KEY.sign(image.bytes(PROVENANCE)));
                    image.signatures(SIGNATURE, all -> ((ObjectNode) all.path(0)).put("sig", plain));
                }),
                tampering("the signature is over another type", SIGNATURE, strange, image -> {
                    byte[] encoding = Envelope.preAuthenticationEncoding(image.bytes(PROVENANCE));
                    byte[] other = new String(encoding, StandardCharsets.ISO_8859_1)
                            .replaceFirst("vnd.in-toto", "vnd.of-toto")
                            .getBytes(StandardCharsets.ISO_8859_1);
                    String signature = Base64.getEncoder().encodeToString(SampleKeys.KEY.sign(other));
                    image.signatures(SIGNATURE, all -> ((ObjectNode) all.path(0)).put("sig", signature));
                }),
                tampering(
                        "the signature is shorter",
                        SIGNATURE,
                        strange,
                        image -> image.signatures(SIGNATURE, all -> ((ObjectNode) all.path(0)).put("sig", "AAAA"))),
                tampering(
                        "the signature is zero",
                        SIGNATURE,
                        strange,
                        image -> image.signatures(
                                SIGNATURE,
                                all -> ((ObjectNode) all.path(0))
                                        .put("sig", Base64.getEncoder().encodeToString(new byte[64])))),
                tampering("the payload is there twice", SIGNATURE, formless, image -> {
                    String json = new String(image.bytes(SIGNATURE), StandardCharsets.UTF_8);
                    image.write(SIGNATURE, json.replaceFirst("\\{", "{\"payload\":\"e30=\","));
                }),
                tampering("a second envelope follows", SIGNATURE, formless, image -> {
                    String json = new String(image.bytes(SIGNATURE), StandardCharsets.UTF_8);
                    image.write(SIGNATURE, json + json);
                }),
                tampering(
                        "the statement is in the envelope's place",
                        SIGNATURE,
                        formless,
                        image -> Files.write(image.file(SIGNATURE), image.bytes(PROVENANCE))),
                tampering(
                        "it is huge",
                        SIGNATURE,
                        "It is larger than 16 MiB.",
                        image -> image.write(
                                SIGNATURE,
                                new String(image.bytes(SIGNATURE), StandardCharsets.UTF_8) + " ".repeat(16 << 20))),
                tampering(
                        "the test result's is in its place",
                        SIGNATURE,
                        "What was signed is not what is in provenance.json.",
                        image -> Files.write(image.file(SIGNATURE), image.bytes(TEST_SIGNATURE))),
                tampering(
                        "it is in the place of the test result's",
                        TEST_SIGNATURE,
                        "What was signed is not what is in test-result.json.",
                        image -> Files.write(image.file(TEST_SIGNATURE), image.bytes(SIGNATURE))));
    }

    /** Signed by the key that is trusted, where nothing else is said. */
    private static Stream<Arguments> ofTheTest() {
        return Stream.of(
                tampering("there is no test", TEST, "It is missing: nothing shows that", image -> {
                    Files.delete(image.file(TEST));
                    Files.delete(image.file(TEST_SIGNATURE));
                }),
                tampering("the test is of another image", TEST, "It is of another tarball", image -> {
                    image.copy(TEST, "other image");
                    image.copy(TEST_SIGNATURE, "other image");
                }),
                tampering("the test is of an older build", TEST, "It is of another tarball", image -> {
                    image.copy(TEST, "older build");
                    image.copy(TEST_SIGNATURE, "older build");
                }),
                tampering(
                        "the test is of the same bytes by another name",
                        TEST,
                        "It is of debian/13, and not of",
                        image -> image.reissue(TEST, root -> circumstances(root).put("image", "debian/13"))),
                tampering(
                        "another key signed the test",
                        TEST_SIGNATURE,
                        "It is not by the key that was given",
                        image -> image.sign(TEST, SampleKeys.OTHER)),
                tampering(
                        "the test failed",
                        TEST,
                        "did not pass its test of 2026-05-02T12:00:00Z: boot",
                        image -> image.retest(result(image, SampleArtifact.FULL_TEST, List.of("boot"), List.of()))),
                tampering(
                        "something was left out",
                        TEST,
                        "this was left out: BGP",
                        image -> image.retest(result(image, SampleArtifact.FULL_TEST, List.of(), List.of("BGP")))),
                tampering("nothing was tested", TEST, "did not pass its test", image -> {
                    TestResult test = image.test();
                    image.retest(new TestResult(
                            test.tarball(),
                            test.image(),
                            test.started(),
                            test.finished(),
                            test.setup(),
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of()));
                }),
                tampering(
                        "the test had no switches",
                        TEST,
                        "network user instead of fabric",
                        image -> image.reissue(TEST, root -> partial(root, "network", "user"))),
                tampering(
                        "the test had no reboot",
                        TEST,
                        "no reboot",
                        image -> image.reissue(TEST, root -> {
                            partial(root, "burn", "metal-hammer");
                            circumstances(root).put("reboots", 0);
                        })),
                tampering(
                        "the test unpacked with tar",
                        TEST,
                        "burn tar instead of metal-hammer",
                        image -> image.reissue(TEST, root -> partial(root, "burn", "tar"))),
                tampering(
                        "the test had other disks",
                        TEST,
                        "layout raid1 instead of default",
                        image -> image.reissue(TEST, root -> {
                            partial(root, "burn", "metal-hammer");
                            ((ObjectNode) predicate(root)
                                            .path("configuration")
                                            .path(1)
                                            .path("annotations"))
                                    .put("name", "raid1");
                        })),
                tampering(
                        "the test was of a firewall",
                        TEST,
                        "role firewall instead of machine",
                        image -> image.reissue(TEST, root -> partial(root, "role", "firewall"))),
                tampering(
                        "a lesser test calls itself full",
                        TEST,
                        "its profile is partial",
                        image -> image.reissue(TEST, root -> circumstances(root).put("network", "user"))),
                tampering(
                        "a failed test calls itself passed",
                        TEST,
                        "it says PASSED, and its tests say",
                        image -> image.reissue(
                                TEST,
                                root -> predicate(root).putArray("failedTests").add("boot"))),
                tampering(
                        "a passed test calls itself failed",
                        TEST,
                        "it says FAILED, and its tests say",
                        image -> image.reissue(TEST, root -> predicate(root).put("result", "FAILED"))),
                tampering(
                        "a test passed and failed",
                        TEST,
                        "it has the test \"burn\" twice",
                        image -> image.reissue(
                                TEST,
                                root -> predicate(root).putArray("failedTests").add("burn"))),
                tampering(
                        "the test is back-dated",
                        TEST,
                        "before the image's sources were made",
                        image -> image.reissue(
                                TEST, root -> circumstances(root).put("started", "2026-04-29T00:00:00Z"))),
                tampering(
                        "the test has no date",
                        TEST,
                        "it does not tell of the started",
                        image -> image.reissue(TEST, root -> circumstances(root).remove("started"))),
                tampering(
                        "the test is of another file",
                        TEST,
                        "does not speak of img.tar.lz4 alone",
                        image -> image.reissue(
                                TEST, root -> subject(root, TARBALL).put("name", "packages.txt"))),
                tampering(
                        "the test is of more files",
                        TEST,
                        "does not speak of img.tar.lz4 alone",
                        image -> image.reissue(
                                TEST,
                                root -> subjects(root)
                                        .addObject()
                                        .put("name", "packages.txt")
                                        .putObject("digest")
                                        .put("sha256", "0".repeat(64)))),
                tampering(
                        "the test is of no SHA-256",
                        TEST,
                        "it has no SHA-256 of img.tar.lz4",
                        image -> image.reissue(
                                TEST,
                                root -> subject(root, TARBALL)
                                        .putObject("digest")
                                        .put("sha512", "0".repeat(128)))),
                tampering("the test is a provenance", TEST, "it is no test result", image -> {
                    Files.write(image.file(TEST), image.bytes(PROVENANCE));
                    Files.write(image.file(TEST_SIGNATURE), image.bytes(SIGNATURE));
                }),
                tampering("the test has a result twice", TEST, "is damaged: Duplicate", image -> {
                    String json = new String(image.bytes(TEST), StandardCharsets.UTF_8);
                    image.write(TEST, json.replaceFirst("\"result\"", "\"result\" : \"FAILED\", \"result\""));
                    image.sign(TEST, SampleKeys.KEY);
                }),
                tampering(
                        "the test is written otherwise",
                        TEST_SIGNATURE,
                        "is not what is in test-result.json",
                        image -> image.edit(TEST, root -> {})),
                tampering(
                        "the test is huge",
                        TEST,
                        "It is larger than 16 MiB.",
                        image -> image.write(
                                TEST, new String(image.bytes(TEST), StandardCharsets.UTF_8) + " ".repeat(16 << 20))));
    }

    private static TestResult result(Image image, TestSetup setup, List<String> failed, List<String> leftOut)
            throws IOException {
        TestResult test = image.test();
        return new TestResult(
                test.tarball(),
                test.image(),
                test.started(),
                test.finished(),
                setup,
                test.passedTests(),
                failed,
                leftOut,
                List.of());
    }

    /** A test that was not the full one, and says so. */
    private static void partial(ObjectNode root, String what, String value) {
        ((ObjectNode) predicate(root).path("configuration").path(0))
                .put("uri", "https://images.metal-stack.io/test-type/v1#partial");
        circumstances(root).put(what, value);
    }

    private static JsonNode envelope(String sample, String name) {
        return JsonMapper.shared()
                .readTree(samples.resolve(sample).resolve("image").resolve(name));
    }

    private static String payload(String sample, String name) {
        return envelope(sample, name).path("payload").asString();
    }

    private static String signatureOf(String sample, String name) {
        return envelope(sample, name).path("signatures").path(0).path("sig").asString();
    }

    static Stream<Arguments> tamperings() {
        return Stream.of(ofEachFile(), ofTheDirectory(), ofTheProvenance(), ofTheSignature(), ofTheTest())
                .flatMap(each -> each);
    }

    private static List<Verification.Finding> verify(Path directory) throws IOException, InterruptedException {
        return Verification.verify(ArtifactFiles.in(ArtifactLocation.in(directory)), SampleKeys.TRUSTED, EXPECTED)
                .findings();
    }

    @Test
    void nothingIsWrongWithWhatNobodyChanged() throws Exception {
        assertThat(verify(samples.resolve("ours/image"))).isEmpty();
        assertThat(tamperings().count()).isGreaterThanOrEqualTo(60);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tamperings")
    void itIsRefusedByName(String what, String file, String reason, Tampering tampering, @TempDir Path directory)
            throws Exception {
        Image image = new Image(directory);
        for (String name : FILES) {
            image.copy(name, "ours");
        }
        tampering.with(image);
        assertThat(verify(directory)).anySatisfy(finding -> {
            assertThat(finding.detail()).contains(reason);
            // A statement that is still one is known by its signature to be another.
            assertThat(finding.file().equals(file) || finding.detail().endsWith("is not what is in " + file + "."))
                    .as("%s: %s", finding.file(), finding.detail())
                    .isTrue();
        });
        assertThat(SEEN.add(state(directory)))
                .as("it is another one than those before")
                .isTrue();
    }

    private static String state(Path directory) throws IOException {
        List<String> state = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String content = Files.isSymbolicLink(file)
                        ? "a link"
                        : Files.isDirectory(file)
                                ? "a directory"
                                : Digest.ofFile(file).hex();
                state.add(file.getFileName() + " " + content);
            }
        }
        return String.join("\n", state);
    }
}

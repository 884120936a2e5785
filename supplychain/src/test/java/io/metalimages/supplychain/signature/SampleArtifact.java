package io.metalimages.supplychain.signature;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.supplychain.ImageDocuments;
import io.metalimages.supplychain.SampleImage;
import io.metalimages.supplychain.statement.BuildFacts;
import io.metalimages.supplychain.statement.Provenance;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A small artifact with all files that tell of it; its tarball is none. */
public final class SampleArtifact {

    public static final BuildFacts FACTS = new BuildFacts(
            "debian/12",
            "os/debian/Dockerfile",
            Optional.empty(),
            new TreeMap<>(Map.of(
                    "BASE", "debian:bookworm",
                    "GITHUB_TOKEN", "hunter2",
                    "http_proxy", "http://me:hunter2@proxy.example.org",
                    "MIRROR", "https://me:hunter2@mirror.example.org/debian")),
            new TreeMap<>(Map.of("installer", "os/installer")),
            Instant.parse("2026-05-01T00:00:00Z"),
            Optional.of(new BuildFacts.Sources(
                    Optional.of("https://me:hunter2@git.example.org/images"), "0123456789".repeat(4), false)),
            List.of(new BuildFacts.Base(
                    "debian:bookworm",
                    "debian bookworm amd64 recipe 1",
                    BuildFacts.ArchiveOrigin.ENVIRONMENT,
                    Optional.empty(),
                    List.of(new BuildFacts.SignedList(
                            "http://me:hunter2@archive.example.org/debian/dists/bookworm/InRelease",
                            "bookworm",
                            Digest.of("InRelease"),
                            Instant.parse("2026-04-30T20:00:00Z"))))),
            List.of(new BuildFacts.Image(
                    "tools:1",
                    "registry.example.org/tools:1",
                    Digest.of("an index of tools"),
                    Digest.of("a manifest of tools"))),
            Provenance.LOCAL_BUILDER,
            Optional.of("https://ci.example.org/jobs/1"),
            "1.0.0");

    public static final Instant TESTED = Instant.parse("2026-05-02T12:00:00Z");

    public static final TestSetup FULL_TEST = new TestSetup(
            "machine",
            new TestSetup.Input("default", Digest.of("a layout")),
            new TestSetup.Input("machine", Digest.of("an allocation")),
            Optional.of(new TestSetup.Input("cloud-init", Digest.of("a cloud-config"))),
            "fabric",
            "metal-hammer",
            1,
            false,
            "TCG (no /dev/kvm)",
            Optional.of(new TestSetup.Hammer(Digest.of("a kernel"), Digest.of("an initramfs"))),
            "1.0.0");

    private final ArtifactLocation location;
    private final BuildFacts facts;

    /** Makes one in an empty directory. */
    public SampleArtifact(Path directory) throws IOException, InterruptedException {
        this(directory, FACTS);
    }

    /** Makes another one, of which no file is the same. */
    public SampleArtifact(Path directory, String image, Instant date) throws IOException, InterruptedException {
        this(
                directory,
                new BuildFacts(
                        image,
                        FACTS.dockerfile(),
                        FACTS.target(),
                        FACTS.buildArguments(),
                        FACTS.contexts(),
                        date,
                        FACTS.sources(),
                        FACTS.bases(),
                        FACTS.images(),
                        FACTS.builder(),
                        FACTS.invocation(),
                        FACTS.program()));
    }

    private SampleArtifact(Path directory, BuildFacts facts) throws IOException, InterruptedException {
        this.facts = facts;
        Path root = SampleImage.tree(directory.resolve("root")).root();
        Path image = Files.createDirectory(directory.resolve("image"));
        location = ArtifactLocation.in(image);
        byte[] tarball = ("not a tarball, but bytes of " + facts.image() + facts.date())
                .repeat(1000)
                .getBytes(StandardCharsets.UTF_8);
        Files.write(location.tarball(), tarball);
        Files.writeString(location.md5File(), hex("MD5", tarball) + "  img.tar.lz4\n");
        Files.writeString(location.sha256File(), hex("SHA-256", tarball) + "  img.tar.lz4\n");
        Files.writeString(location.packages(), "bash 5 of " + facts.image() + facts.date() + "\n");
        try (ImageDocuments documents = ImageDocuments.begin(root, facts)) {
            documents.write(location, hex("SHA-256", tarball));
        }
    }

    public ArtifactLocation location() {
        return location;
    }

    ArtifactFiles files() {
        return ArtifactFiles.in(location);
    }

    void sign(SigningKey key) throws IOException, InterruptedException {
        for (Map.Entry<String, byte[]> signature :
                Verification.sign(files(), key).entrySet()) {
            Files.write(location.sidecar(signature.getKey()), signature.getValue());
        }
    }

    /** Writes the result of a test of it. */
    void test(TestSetup setup, List<String> failed, List<String> leftOut) throws IOException {
        new TestResult(
                        Digest.ofFile(location.tarball()),
                        facts.image(),
                        TESTED,
                        Optional.of(TESTED.plusSeconds(310)),
                        setup,
                        List.of("contract: Artifact the contract: kept", "burn", "checks: Service frr: running"),
                        failed,
                        leftOut,
                        List.of("checks: Service suricata: running: the image has no program for it."))
                .write(location);
    }

    private static String hex(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

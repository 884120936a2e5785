package io.metalimages.cli.command.sign;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.Program;
import io.metalimages.cli.SampleTest;
import io.metalimages.cli.TinyImage;
import io.metalimages.common.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands {@code sign} and {@code verify}, and what {@code publish} does with what they make. */
final class SignAndVerifyTest {

    @TempDir
    private Path directory;

    private Program program;
    private Path image;
    private Path key;
    private Path publicKey;
    private String secret;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of());
        image = program.images().resolve("tiny/1");
        new TinyImage(directory).exportWithDocumentsTo(image, "tiny/1");
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        secret = Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded());
        key = pem("key.pem", "PRIVATE KEY", secret);
        publicKey = pem(
                "public.pem",
                "PUBLIC KEY",
                Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));
    }

    private Path pem(String name, String label, String base64) throws IOException {
        return Files.writeString(
                directory.resolve(name),
                "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
    }

    private Program.Run sign() throws Exception {
        return program.run("sign", "tiny/1", "--key", key.toString());
    }

    private Program.Run verify(String place) throws Exception {
        return program.run("verify", place, "--key", publicKey.toString());
    }

    private static void assertDone(Program.Run run) {
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
    }

    private static void change(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void aSignedImageIsVerified() throws Exception {
        Program.Run signed = sign();
        assertDone(signed);
        assertThat(signed.output()).contains("tiny/1\n", " signed · images/tiny/1/provenance.intoto.jsonl");
        Program.Run verified = verify("tiny/1");
        assertDone(verified);
        assertThat(verified.output()).contains("all 9 files are those that were built", "signed with the key ");

        JsonNode json = JsonMapper.shared()
                .readTree(program.run("verify", "tiny/1", "--key", publicKey.toString(), "--json")
                        .output())
                .path("verifications")
                .path(0);
        assertThat(json.path("verified").asBoolean()).isTrue();
        assertThat(json.path("authenticity").asString()).isEqualTo("SIGNED");
        assertThat(signed.output()).contains("key  " + json.path("keyId").asString());
    }

    @Test
    void aTestResultIsSignedVerifiedAndPublished() throws Exception {
        SampleTest.write(image, "tiny/1", true);
        Program.Run signed = sign();
        assertDone(signed);
        assertThat(signed.output()).contains(" signed · images/tiny/1/test-result.intoto.jsonl");
        Program.Run verified = program.run("verify", "tiny/1", "--key", publicKey.toString(), "--tested");
        assertDone(verified);
        assertThat(verified.output())
                .contains("all 11 files", "full test of 2026-11-22T20:00:00Z: passed, 3 checks passed");
        String store = directory.resolve("store").toString();
        assertDone(program.run("publish", "--create", "tiny/1", "--store", store, "--channel", "stable"));
        assertDone(program.run(
                "verify", "file://" + store + "/metal-os/stable/tiny/1", "--key", publicKey.toString(), "--tested"));
        String today = DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.now(ZoneOffset.UTC));
        assertDone(program.run("release", today, "--store", store));

        SampleTest.write(image, "tiny/1", true);
        Program.Run unsigned = program.run("publish", "tiny/1", "--store", store, "--channel", "stable");
        assertThat(unsigned.exitCode()).isEqualTo(1);
        assertThat(unsigned.errors())
                .contains("test-result.intoto.jsonl: It is missing: test-result.json is not signed.");
        assertDone(sign());
        change(image.resolve("test-result.json"));
        Program.Run changed = program.run("publish", "tiny/1", "--store", store, "--channel", "stable");
        assertThat(changed.exitCode()).isEqualTo(1);
        assertThat(changed.errors())
                .contains("test-result.intoto.jsonl: What was signed is not what is in test-result.json.");
    }

    @Test
    void aLesserTestIsNoFullOne() throws Exception {
        Program.Run untested = program.run("verify", "tiny/1", "--tested");
        assertThat(untested.exitCode()).isEqualTo(1);
        assertThat(untested.output())
                .contains("test-result.json: It is missing: nothing shows that the image was tested.");
        ArtifactLocation location = ArtifactLocation.in(image);
        SampleTest.result(Digest.ofFile(location.tarball()), "tiny/1", SampleTest.setup("user"), true)
                .write(location);
        assertDone(program.run("verify", "tiny/1"));
        Program.Run lesser = program.run("verify", "tiny/1", "--tested");
        assertThat(lesser.exitCode()).isEqualTo(1);
        assertThat(lesser.output())
                .contains("did not pass the full test: it was tested with network user instead of fabric");
    }

    @Test
    void aChangedFileIsNamed() throws Exception {
        assertDone(sign());
        change(image.resolve("sbom.cdx.json"));
        change(image.resolve("img.tar.lz4"));
        Program.Run run = verify("tiny/1");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).contains("✗ img.tar.lz4: It is not what was built", "✗ sbom.cdx.json: ");
        assertThat(run.errors()).contains("tiny/1 (img.tar.lz4)", "Next step: ");
    }

    @Test
    void withoutAKeyItIsSaidWhatWasNotChecked() throws Exception {
        Program.Run run = program.run("verify", "tiny/1");
        assertDone(run);
        assertThat(run.output()).contains("all 8 files", "not who made them");
        Program.Run unsigned = verify("tiny/1");
        assertThat(unsigned.exitCode()).isEqualTo(1);
        assertThat(unsigned.output()).contains("provenance.json is not signed");
    }

    @Test
    void keysMayBeInTheEnvironment() throws Exception {
        Program other = new Program(
                directory,
                Map.of(
                        "METAL_IMAGES_SIGNING_KEY", Files.readString(key),
                        "METAL_IMAGES_VERIFY_KEY", Files.readString(publicKey)));
        assertDone(other.run("sign", "tiny/1"));
        Program.Run verified = other.run("verify", "tiny/1");
        assertDone(verified);
        assertThat(verified.output()).contains("signed with the key ");
    }

    @Test
    void anEmptyVariableIsNoKey() throws Exception {
        assertDone(sign());
        Program.Run run = new Program(directory, Map.of("METAL_IMAGES_VERIFY_KEY", "")).run("verify", "tiny/1");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("METAL_IMAGES_VERIFY_KEY is set, but empty");
    }

    /** All signed, and each file what it should be: but the image is another one, or an older one. */
    @Test
    void anImageIsWhatItsPlaceSaysAndNotOlder() throws Exception {
        assertDone(sign());
        assertDone(program.run("verify", "tiny/1", "--key", publicKey.toString(), "--not-before", "1970-01-01"));
        Program.Run old = program.run("verify", "tiny/1", "--key", publicKey.toString(), "--not-before", "20991231");
        assertThat(old.exitCode()).isEqualTo(1);
        assertThat(old.output()).contains("before 2099-12-31");

        Files.createDirectory(program.images().resolve("other"));
        Files.move(image, program.images().resolve("other/1"));
        Program.Run moved = verify("other/1");
        assertThat(moved.exitCode()).isEqualTo(1);
        assertThat(moved.output()).contains("It is of tiny/1, and not of other/1.");
        Program.Run published = program.run(
                "publish",
                "--create",
                "other/1",
                "--store",
                directory.resolve("store").toString(),
                "--channel",
                "stable",
                "--untested");
        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(directory.resolve("store")).doesNotExist();
        assertDone(program.run("verify", "images/other/1", "--key", publicKey.toString(), "--name", "tiny/1"));
    }

    @Test
    void aWrongKeyIsNotShown() throws Exception {
        Path wrong = pem("wrong.pem", "PRIVATE KEY", secret.substring(0, 40));
        Program.Run run = program.run("sign", "tiny/1", "--key", wrong.toString(), "--verbose");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors())
                .contains("Nothing can be signed with the key in " + wrong)
                .doesNotContain(secret.substring(0, 20));
        Program.Run swapped = program.run("verify", "tiny/1", "--key", key.toString());
        assertThat(swapped.exitCode()).isEqualTo(2);
        assertThat(swapped.errors()).contains("it holds a private key").doesNotContain(secret);
    }

    @Test
    void whatWasChangedIsNeitherSignedNorPublished() throws Exception {
        change(image.resolve("sbom.spdx.json"));
        Program.Run signed = sign();
        assertThat(signed.exitCode()).isEqualTo(1);
        assertThat(signed.errors()).contains("This is not signed", "sbom.spdx.json");
        assertThat(image.resolve("provenance.intoto.jsonl")).doesNotExist();
        Program.Run published = publish();
        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.errors()).contains("tiny/1 is not what was built: sbom.spdx.json");
        assertThat(directory.resolve("store")).doesNotExist();
    }

    private Program.Run publish() throws Exception {
        return program.run(
                "publish",
                "--create",
                "tiny/1",
                "--store",
                directory.resolve("store").toString(),
                "--channel",
                "stable",
                "--untested");
    }

    @Test
    void aPublishedImageIsVerifiedInItsStore() throws Exception {
        assertDone(sign());
        assertDone(publish());
        Path published = directory.resolve("store/metal-os/stable/tiny/1");
        assertThat(published.resolve("provenance.intoto.jsonl"))
                .hasSameBinaryContentAs(image.resolve("provenance.intoto.jsonl"));
        String url = directory.resolve("store").toUri() + "metal-os/stable/tiny/1/";
        assertDone(verify(url));

        HttpServer server = serve(directory.resolve("store"));
        try {
            Program.Run verified = verify(address(server) + "/metal-os/stable/tiny/1/img.tar.lz4");
            assertDone(verified);
            assertThat(verified.output()).contains("all 9 files", "signed with the key ");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anImageOnAWebServerWithoutAnIndexIsVerifiedToo() throws Exception {
        assertDone(sign());
        HttpServer server = serve(program.images());
        try {
            assertDone(verify(address(server) + "/tiny/1/"));
            Files.delete(image.resolve("sbom.cdx.json"));
            Program.Run incomplete = verify(address(server) + "/tiny/1/img.tar.lz4");
            assertThat(incomplete.exitCode()).isEqualTo(1);
            assertThat(incomplete.output()).contains("sbom.cdx.json: It is missing.");
        } finally {
            server.stop(0);
        }
    }

    private static HttpServer serve(Path root) throws IOException {
        HttpServer server = SimpleFileServer.createFileServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                root.toRealPath(),
                SimpleFileServer.OutputLevel.NONE);
        server.start();
        return server;
    }

    private static String address(HttpServer server) {
        return "http://localhost:" + server.getAddress().getPort();
    }

    @Test
    void whatIsNotSignedTakesNotThePlaceOfWhatIs() throws Exception {
        assertDone(sign());
        assertDone(publish());
        new TinyImage(directory.resolve("again")).exportWithDocumentsTo(image, "tiny/1");
        Files.deleteIfExists(image.resolve("provenance.intoto.jsonl"));
        Program.Run refused = publish();
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.errors())
                .contains("tiny/1 is not signed, and the one in stable is.", "metal-images sign tiny/1", "--unsigned");
        assertDone(program.run(
                "publish",
                "tiny/1",
                "--store",
                directory.resolve("store").toString(),
                "--channel",
                "stable",
                "--untested",
                "--unsigned"));
    }

    @Test
    void damageInAStoreIsNamed() throws Exception {
        assertDone(sign());
        assertDone(publish());
        JsonNode index =
                JsonMapper.shared().readTree(Files.readAllBytes(directory.resolve("store/metal-os/stable/index.json")));
        for (JsonNode file : index.path("images").path(0).path("files")) {
            Path object = directory.resolve("store").resolve(file.path("key").asString());
            byte[] whole = Files.readAllBytes(object);
            if (whole.length == 0) {
                continue;
            }
            change(object);
            Program.Run run = verify(directory.resolve("store").toUri() + "metal-os/stable/tiny/1");
            assertThat(run.exitCode()).as(run.output() + run.errors()).isEqualTo(1);
            assertThat(run.output()).contains("✗ " + file.path("name").asString() + ": ");
            Files.write(object, whole);
        }
    }
}

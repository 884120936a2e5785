package io.metalimages.supplychain.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.supplychain.signature.Verification.Authenticity;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

final class VerificationTest {

    @TempDir
    private Path directory;

    private SampleArtifact artifact = unmade();

    @SuppressWarnings("NullAway") // made before each test
    private static SampleArtifact unmade() {
        return null;
    }

    @BeforeEach
    void make() throws IOException, InterruptedException {
        artifact = new SampleArtifact(directory);
        artifact.sign(SampleKeys.KEY);
    }

    private Verification.Outcome verify() throws IOException, InterruptedException {
        return Verification.verify(artifact.files(), SampleKeys.TRUSTED);
    }

    private Path file(String name) {
        return artifact.location().sidecar(name);
    }

    @Test
    void whatWasBuiltAndSignedIsVerified() throws IOException, InterruptedException {
        Verification.Outcome outcome = verify();
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.authenticity()).isEqualTo(Authenticity.SIGNED);
        assertThat(outcome.key()).contains(SampleKeys.KEY.verification().id());
        assertThat(outcome.files()).isEqualTo(9);
    }

    @Test
    void withoutAKeyNothingIsSaidOfWhoMadeIt() throws IOException, InterruptedException {
        Verification.Outcome outcome = Verification.verify(artifact.files(), List.of());
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.authenticity()).isEqualTo(Authenticity.NOT_CHECKED);
        assertThat(outcome.key()).isEmpty();
    }

    /** In each file each of the first, middle and last bytes, and some by chance, in each of their bits. */
    @Test
    void anyChangedBitIsNoticed() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (Map.Entry<String, Path> file : artifact.location().files().entrySet()) {
            byte[] whole = Files.readAllBytes(file.getValue());
            int[] places = file.getKey().equals(ArtifactLocation.SIGNATURE)
                    ? placesOfWhatIsSigned(new String(whole, StandardCharsets.UTF_8), random)
                    : IntStream.concat(
                                    IntStream.of(0, 1, whole.length / 2, whole.length - 2, whole.length - 1),
                                    random.ints(25, 0, whole.length))
                            .toArray();
            for (int place : places) {
                byte[] changed = whole.clone();
                changed[place] ^= (byte) (1 << random.nextInt(8));
                Files.write(file.getValue(), changed);
                assertThat(verify().findings())
                        .as("%s, byte %d, seed %d", file.getKey(), place, seed)
                        .extracting(Verification.Finding::file)
                        .contains(
                                file.getKey().equals(ArtifactLocation.PROVENANCE)
                                                && verify().findings().stream()
                                                        .noneMatch(finding ->
                                                                finding.file().equals(file.getKey()))
                                        ? ArtifactLocation.SIGNATURE
                                        : file.getKey());
            }
            Files.write(file.getValue(), whole);
        }
        assertThat(verify().findings()).isEmpty();
    }

    /** In the payload and in the signature: what else is in an envelope proves nothing. */
    private static int[] placesOfWhatIsSigned(String envelope, Random random) {
        return Stream.of("\"payload\":\"", "\"sig\":\"")
                .flatMapToInt(member -> {
                    int start = envelope.indexOf(member) + member.length();
                    // The last characters may have bits that stand for nothing.
                    return random.ints(15, start, envelope.indexOf('"', start) - 4);
                })
                .toArray();
    }

    @Test
    void anyMissingShortenedOrLengthenedFileIsNoticed() throws IOException, InterruptedException {
        for (Map.Entry<String, Path> file : artifact.location().files().entrySet()) {
            byte[] whole = Files.readAllBytes(file.getValue());
            for (byte[] changed : List.of(
                    new byte[0], Arrays.copyOf(whole, whole.length - 2), Arrays.copyOf(whole, whole.length + 1))) {
                Files.write(file.getValue(), changed);
                assertThat(verify().findings()).as(file.getKey()).isNotEmpty();
            }
            Files.delete(file.getValue());
            assertThat(verify().findings())
                    .extracting(Verification.Finding::file)
                    .contains(file.getKey());
            Files.write(file.getValue(), whole);
        }
    }

    @Test
    void aFileThatCameLaterIsNoticed() throws IOException, InterruptedException {
        SampleArtifact other = new SampleArtifact(Files.createDirectory(directory.resolve("other")));
        String provenance = Files.readString(other.location().sidecar(ArtifactLocation.PROVENANCE));
        int spdx = provenance.indexOf("}, {\n    \"name\" : \"sbom.spdx.json\"");
        Files.writeString(
                other.location().sidecar(ArtifactLocation.PROVENANCE),
                provenance.substring(0, spdx) + provenance.substring(provenance.indexOf("} ],", spdx)));
        assertThat(Verification.verify(other.files(), List.of()).findings())
                .containsExactly(new Verification.Finding(
                        "sbom.spdx.json", "The provenance does not speak of it: it came there later."));
    }

    /** All files fit each other; but somebody else made them. */
    @Test
    void anotherKeyIsNoticed() throws IOException, InterruptedException {
        artifact.sign(SampleKeys.OTHER);
        Verification.Outcome outcome = verify();
        assertThat(outcome.authenticity()).isEqualTo(Authenticity.NOT_SIGNED);
        assertThat(outcome.findings())
                .extracting(Verification.Finding::file)
                .containsExactly(ArtifactLocation.SIGNATURE);
    }

    @Test
    void aSignatureUnderAnotherKeysNameIsNoticed() throws IOException, InterruptedException {
        artifact.sign(SampleKeys.OTHER);
        Path signature = file(ArtifactLocation.SIGNATURE);
        Files.writeString(
                signature,
                Files.readString(signature)
                        .replace(
                                SampleKeys.OTHER.verification().id(),
                                SampleKeys.KEY.verification().id()));
        assertThat(verify().authenticity()).isEqualTo(Authenticity.NOT_SIGNED);
    }

    /** As other tools write envelopes: DSSE wants no name of the key, and allows white space and members of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"empty", "unset", "pretty", "more", "other name", "for URLs"})
    void envelopesOfOtherToolsAreRead(String form) throws IOException, InterruptedException {
        Path file = file(ArtifactLocation.SIGNATURE);
        ObjectNode envelope = (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(file));
        ObjectNode signature = (ObjectNode) envelope.path("signatures").path(0);
        switch (form) {
            case "empty" -> signature.put("keyid", "");
            case "unset" -> signature.remove("keyid");
            case "other name" -> signature.put("keyid", "SHA256:somebody");
            case "more" -> signature.put("certificate", "none");
            case "for URLs" ->
                signature.put(
                        "sig",
                        signature.path("sig").asString().replace('+', '-').replace('/', '_'));
            default -> {}
        }
        Files.writeString(
                file,
                form.equals("pretty")
                        ? envelope.toPrettyString() + "\n\n"
                        : JsonMapper.shared().writeValueAsString(envelope));
        assertThat(verify().findings()).isEmpty();
        assertThat(verify().authenticity()).isEqualTo(Authenticity.SIGNED);
    }

    @Test
    void aFurtherSignatureByAKeyThatNobodyGaveIsNoticed() throws IOException, InterruptedException {
        Path file = file(ArtifactLocation.SIGNATURE);
        ObjectNode envelope = (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(file));
        artifact.sign(SampleKeys.OTHER);
        JsonNode other = JsonMapper.shared().readTree(Files.readAllBytes(file));
        ((ArrayNode) envelope.path("signatures")).add(other.path("signatures").path(0));
        Files.writeString(file, JsonMapper.shared().writeValueAsString(envelope));
        assertThat(verify().findings())
                .containsExactly(new Verification.Finding(
                        ArtifactLocation.SIGNATURE,
                        "It has another signature, by a key that was not given: "
                                + SampleKeys.OTHER.verification().id() + "."));
        List<VerificationKey> both = List.of(SampleKeys.OTHER.verification(), SampleKeys.KEY.verification());
        assertThat(Verification.verify(artifact.files(), both).findings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "{\"payloadType\":\"text/plain\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\"}]}",
                "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"\",\"signatures\":[]}",
                "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":7,\"signatures\":[{\"sig\":\"\"}]}",
                "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"\",\"signatures\":[{\"sig\":\"!\"}]}",
                "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\"}]}"
            })
    void whatIsNoEnvelopeIsNoticed(String text) throws IOException, InterruptedException {
        Files.writeString(file(ArtifactLocation.SIGNATURE), text);
        assertThat(verify().findings())
                .contains(new Verification.Finding(
                        ArtifactLocation.SIGNATURE, "It is not in the form in which signatures are written."));
        assertThat(verify().authenticity()).isEqualTo(Authenticity.NOT_SIGNED);
    }

    @Test
    void anotherImageOfTheSameSignerIsNoticed() throws IOException, InterruptedException {
        assertThat(expecting("debian/12", "2026-05-01")).isEmpty();
        assertThat(expecting("firewall/3.0-debian", "2026-05-01"))
                .containsExactly("It is of debian/12, and not of firewall/3.0-debian.");
    }

    /** The sources are of the first of May. */
    @Test
    void anOlderImageOfTheSameSignerIsNoticed() throws IOException, InterruptedException {
        assertThat(expecting("debian/12", "2026-05-02"))
                .containsExactly("Its sources are of 2026-05-01, before 2026-05-02: an older image may have been put in"
                        + " the place of this one.");
    }

    private List<String> expecting(String image, String notBefore) throws IOException, InterruptedException {
        return Verification.verify(
                        artifact.files(),
                        SampleKeys.TRUSTED,
                        new Verification.Expectation(
                                Optional.of(image), Optional.of(LocalDate.parse(notBefore)), false))
                .findings()
                .stream()
                .map(Verification.Finding::detail)
                .toList();
    }

    @Test
    void aFileThatNobodySignedIsNoticed() throws IOException, InterruptedException {
        Files.writeString(file("install.sh"), "#!/bin/sh\n");
        assertThat(verify().findings())
                .containsExactly(new Verification.Finding(
                        "install.sh", "The provenance does not speak of it: it came there later."));
    }

    @Test
    void anUnsignedImageHasNoKey() throws IOException, InterruptedException {
        Files.delete(file(ArtifactLocation.SIGNATURE));
        assertThat(verify().findings())
                .containsExactly(new Verification.Finding(
                        ArtifactLocation.SIGNATURE, "It is missing: provenance.json is not signed."));
        assertThat(Verification.verify(artifact.files(), List.of()).findings()).isEmpty();
    }

    @Test
    void theSignatureOfAnotherImageIsNoticed() throws IOException, InterruptedException {
        Path provenance = file(ArtifactLocation.PROVENANCE);
        Files.writeString(
                provenance, Files.readString(provenance).replace("os/debian/Dockerfile", "os/other/Dockerfile"));
        for (List<VerificationKey> keys : List.of(SampleKeys.TRUSTED, List.<VerificationKey>of())) {
            assertThat(Verification.verify(artifact.files(), keys).findings())
                    .containsExactly(new Verification.Finding(
                            ArtifactLocation.SIGNATURE, "What was signed is not what is in provenance.json."));
        }
    }

    @Test
    void whatIsNotWhatWasBuiltIsNotSigned() throws IOException {
        Files.writeString(file(ArtifactLocation.PACKAGES), "bash 6\n");
        assertThatThrownBy(() -> artifact.sign(SampleKeys.KEY))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("packages.txt: It is not what was built");
    }

    @Test
    void theContentOfAChannelIsHeldAgainstItsIndex() throws IOException, InterruptedException {
        ArtifactFiles lying = name -> artifact.files()
                .open(name)
                .map(file -> new ArtifactFiles.Opened(
                        file.content(),
                        name.equals(ArtifactLocation.SIGNATURE)
                                ? Optional.of(Digest.of("something else"))
                                : file.promised()));
        assertThat(Verification.verify(lying, SampleKeys.TRUSTED).findings())
                .containsExactly(new Verification.Finding(
                        ArtifactLocation.SIGNATURE, "It is not what the index of its channel says it is."));
    }

    /** Nothing of ours: the envelope by DSSE's text, the signature by openssl. */
    @Test
    void opensslVerifiesTheSignature() throws IOException, InterruptedException {
        Host.assumeInstalled("openssl", "openssl");
        JsonNode envelope = JsonMapper.shared().readTree(Files.readAllBytes(file(ArtifactLocation.SIGNATURE)));
        byte[] payload = Base64.getDecoder().decode(envelope.path("payload").asString());
        assertThat(payload).isEqualTo(Files.readAllBytes(file(ArtifactLocation.PROVENANCE)));
        String type = envelope.path("payloadType").asString();
        assertThat(type).isEqualTo("application/vnd.in-toto+json");
        Path message = directory.resolve("message");
        Files.write(
                message,
                ("DSSEv1 " + type.length() + " " + type + " " + payload.length + " ").getBytes(StandardCharsets.UTF_8));
        Files.write(message, payload, StandardOpenOption.APPEND);
        Path signature = directory.resolve("signature");
        Files.write(
                signature,
                Base64.getDecoder()
                        .decode(envelope.path("signatures").path(0).path("sig").asString()));
        Path key = Files.writeString(directory.resolve("public.pem"), SampleKeys.PUBLIC_PEM);
        List<String> command = List.of(
                "openssl",
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                key.toString(),
                "-rawin",
                "-in",
                message.toString(),
                "-sigfile",
                signature.toString());
        assertThat(status(command)).isZero();
        Files.write(message, new byte[] {1}, StandardOpenOption.APPEND);
        assertThat(status(command)).isNotZero();
    }

    private static int status(List<String> command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}

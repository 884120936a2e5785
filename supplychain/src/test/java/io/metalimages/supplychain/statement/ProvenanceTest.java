package io.metalimages.supplychain.statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.supplychain.signature.SampleArtifact;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ProvenanceTest {

    @TempDir
    private Path directory;

    private String text = "";

    @BeforeEach
    void make() throws IOException, InterruptedException {
        SampleArtifact artifact = new SampleArtifact(directory);
        text = Files.readString(artifact.location().sidecar(ArtifactLocation.PROVENANCE));
    }

    private Provenance parse(String json) {
        return Provenance.parse(json.getBytes(StandardCharsets.UTF_8), "provenance.json");
    }

    @Test
    void speaksOfAllOtherFiles() throws IOException {
        Provenance provenance = parse(text);
        assertThat(provenance.subjects().keySet())
                .containsExactly(
                        "img.tar.lz4",
                        "img.tar.lz4.md5",
                        "img.tar.lz4.sha256",
                        "packages.txt",
                        "security-updates.json",
                        "sbom.cdx.json",
                        "sbom.spdx.json");
        for (Map.Entry<String, Digest> subject : provenance.subjects().entrySet()) {
            assertThat(Digest.ofFile(directory.resolve("image").resolve(subject.getKey())))
                    .isEqualTo(subject.getValue());
        }
    }

    @Test
    void saysWhatItWasBuiltFrom() {
        Provenance provenance = parse(text);
        assertThat(provenance.revision()).contains("0123456789".repeat(4));
        assertThat(provenance.source()).contains("https://git.example.org/images");
        assertThat(provenance.base()).contains("debian:bookworm");
        JsonNode definition =
                JsonMapper.shared().readTree(text).path("predicate").path("buildDefinition");
        assertThat(definition.path("externalParameters").path("image").asString())
                .isEqualTo("debian/12");
        assertThat(definition.path("internalParameters").path("sourceDateEpoch").asLong())
                .isEqualTo(SampleArtifact.FACTS.date().getEpochSecond());
        JsonNode base = definition.path("resolvedDependencies").path(1);
        assertThat(base.path("uri").asString()).isEqualTo("http://archive.example.org/debian/dists/bookworm/InRelease");
        assertThat(base.path("digest").path("sha256").asString())
                .isEqualTo(Digest.of("InRelease").hex());
        assertThat(base.path("annotations").path("archiveNamedBy").asString()).isEqualTo("environment");
        assertThat(base.path("annotations").path("suite").asString()).isEqualTo("bookworm");
        assertThat(base.path("annotations").path("date").asString()).isEqualTo("2026-04-30T20:00:00Z");
        JsonNode image = definition.path("resolvedDependencies").path(2);
        assertThat(image.path("name").asString()).isEqualTo("tools:1");
        assertThat(image.path("uri").asString()).isEqualTo("registry.example.org/tools:1");
        assertThat(image.path("digest").path("sha256").asString())
                .isEqualTo(Digest.of("an index of tools").hex());
        assertThat(image.path("annotations").path("manifest").asString())
                .isEqualTo(Digest.of("a manifest of tools").hex());
    }

    @Test
    void saysWhatStandsInForADistribution() throws IOException {
        assertThat(parse(text).standIn()).isEmpty();
        BuildFacts facts = SampleArtifact.FACTS;
        BuildFacts.Base base = facts.bases().getFirst();
        byte[] written = Provenance.write(
                new BuildFacts(
                        facts.image(),
                        facts.dockerfile(),
                        facts.target(),
                        facts.buildArguments(),
                        facts.contexts(),
                        facts.date(),
                        facts.sources(),
                        List.of(new BuildFacts.Base(
                                "ubuntu:22.04",
                                base.recipe(),
                                base.named(),
                                Optional.of("Debian bookworm"),
                                base.lists())),
                        facts.images(),
                        facts.builder(),
                        facts.invocation(),
                        facts.program()),
                parse(text).subjects());
        assertThat(Provenance.parse(written, "provenance.json").standIn()).contains("Debian bookworm");

        ArtifactLocation location = ArtifactLocation.in(directory);
        assertThat(Provenance.of(location)).isEmpty();
        Files.write(location.sidecar(ArtifactLocation.PROVENANCE), written);
        assertThat(Provenance.of(location).orElseThrow().standIn()).contains("Debian bookworm");
    }

    /** Who reads the commit's name would take it for what was built. */
    @Test
    void changedSourcesAreNoCommit() {
        assertThat(parse(text.replace("\"changed\" : false", "\"changed\" : true"))
                        .revision())
                .isEmpty();
    }

    @Test
    void keepsSecrets() {
        assertThat(text).doesNotContain("hunter2").contains("https://mirror.example.org/debian");
        JsonNode parameters = JsonMapper.shared()
                .readTree(text)
                .path("predicate")
                .path("buildDefinition")
                .path("externalParameters");
        assertThat(parameters.path("withheldBuildArguments").values().stream().map(JsonNode::asString))
                .containsExactly("GITHUB_TOKEN", "http_proxy");
        assertThat(parameters.path("buildArguments").propertyNames()).containsExactly("BASE", "MIRROR");
    }

    @Test
    void theSameBuildHasTheSameProvenance() throws IOException, InterruptedException {
        SampleArtifact again = new SampleArtifact(Files.createDirectory(directory.resolve("again")));
        assertThat(again.location().sidecar(ArtifactLocation.PROVENANCE)).hasContent(text);
    }

    @Test
    void whatIsNoneIsRefused() {
        for (String wrong : List.of(
                "",
                "{}",
                "[]",
                text.substring(0, text.length() / 2),
                text.replace("in-toto.io/Statement/v1", "in-toto.io/Statement/v2"),
                text.replace("slsa.dev/provenance/v1", "slsa.dev/provenance/v2"),
                text.replace("\"img.tar.lz4.md5\"", "\"img.tar.lz4\""),
                text.replace("\"packages.txt\"", "\"../packages.txt\""),
                text.replace("\"_type\"", "\"subject\" : [], \"_type\""),
                text.replaceFirst("\"sha256\" : \"[0-9a-f]", "\"sha256\" : \"X"))) {
            assertThatThrownBy(() -> parse(wrong))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith("provenance.json is damaged: ");
        }
    }
}

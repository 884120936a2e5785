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
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

final class TestResultTest {

    private static final Digest TARBALL = Digest.of("a tarball");
    private static final String IMAGE = "debian/12";
    private static final List<String> PASSED = List.of("burn", "checks: Service frr: running");

    private static TestResult result(TestSetup setup, List<String> failed, List<String> leftOut) {
        return new TestResult(
                TARBALL,
                IMAGE,
                SampleArtifact.TESTED,
                Optional.of(SampleArtifact.TESTED.plusSeconds(310)),
                setup,
                PASSED,
                failed,
                leftOut,
                List.of("checks: Service suricata: running: the image has no program for it."));
    }

    private static TestResult full() {
        return result(SampleArtifact.FULL_TEST, List.of(), List.of());
    }

    /** The full test's setup, but for what {@code change} makes of the arguments that may differ. */
    private static TestSetup setup(UnaryOperator<Changeable> change) {
        TestSetup full = SampleArtifact.FULL_TEST;
        Changeable changed = change.apply(new Changeable(
                "machine", "default", "machine", Optional.of("cloud-init"), "fabric", "metal-hammer", 1));
        return new TestSetup(
                changed.role,
                new TestSetup.Input(changed.layout, full.layout().content()),
                new TestSetup.Input(changed.allocation, full.allocation().content()),
                changed.userdata.map(name -> new TestSetup.Input(name, Digest.of(name))),
                changed.network,
                changed.burn,
                changed.reboots,
                false,
                full.acceleration(),
                full.hammer(),
                full.program());
    }

    private record Changeable(
            String role,
            String layout,
            String allocation,
            Optional<String> userdata,
            String network,
            String burn,
            int reboots) {

        Changeable with(String what, String value) {
            return new Changeable(
                    what.equals("role") ? value : role,
                    what.equals("layout") ? value : layout,
                    what.equals("allocation") ? value : allocation,
                    what.equals("userdata") ? Optional.of(value).filter(text -> !text.equals("none")) : userdata,
                    what.equals("network") ? value : network,
                    what.equals("burn") ? value : burn,
                    what.equals("reboots") ? Integer.parseInt(value) : reboots);
        }
    }

    @Test
    void whatIsWrittenIsRead(@TempDir Path directory) throws IOException {
        ArtifactLocation location = ArtifactLocation.in(directory);
        assertThat(TestResult.of(location)).isEmpty();
        for (TestResult result : List.of(
                full(),
                result(SampleArtifact.FULL_TEST, List.of("reboot by UEFI"), List.of()),
                result(setup(all -> all.with("network", "user")), List.of(), List.of("BGP: there is no switch.")),
                result(setup(all -> all.with("userdata", "none").with("reboots", "3")), List.of(), List.of()))) {
            Path file = result.write(location);
            assertThat(file).isEqualTo(directory.resolve("test-result.json"));
            assertThat(TestResult.of(location)).contains(result);
            assertThat(directory.toFile().list()).containsExactly("test-result.json");
        }
    }

    /** It signed another one. */
    @Test
    void aNewResultHasNoSignature(@TempDir Path directory) throws IOException {
        Path signature = Files.writeString(directory.resolve("test-result.intoto.jsonl"), "signed");
        full().write(ArtifactLocation.in(directory));
        assertThat(signature).doesNotExist();
    }

    /** By the words of in-toto's predicate, with what it leaves to who tests in annotations of the configuration. */
    @Test
    void othersReadItAsInTotosTestResult() {
        JsonNode statement = JsonMapper.shared()
                .readTree(TestResultStatement.write(
                        result(SampleArtifact.FULL_TEST, List.of("reboot by UEFI"), List.of())));
        assertThat(statement.path("_type").asString()).isEqualTo("https://in-toto.io/Statement/v1");
        assertThat(statement.path("predicateType").asString())
                .isEqualTo("https://in-toto.io/attestation/test-result/v0.1");
        assertThat(statement.path("subject").toString())
                .isEqualTo("[{\"name\":\"img.tar.lz4\",\"digest\":{\"sha256\":\"" + TARBALL + "\"}}]");
        JsonNode predicate = statement.path("predicate");
        assertThat(predicate.path("result").asString()).isEqualTo("FAILED");
        assertThat(predicate.path("passedTests").valueStream().map(JsonNode::asString))
                .isEqualTo(PASSED);
        assertThat(predicate.path("warnedTests").isArray()).isTrue();
        assertThat(predicate.path("failedTests").toString()).isEqualTo("[\"reboot by UEFI\"]");
        // Each descriptor has to have one of these by in-toto's specification.
        assertThat(predicate.path("configuration").valueStream())
                .isNotEmpty()
                .allMatch(descriptor -> descriptor.has("uri") || descriptor.has("digest"));
        assertThat(predicate.path("configuration").path(0).path("uri").asString())
                .isEqualTo("https://images.metal-stack.io/test-type/v1#machine");
    }

    @ParameterizedTest
    @CsvSource({
        "debian/12, MACHINE",
        "nvidia/12, MACHINE",
        "firewall/3.0-debian, FIREWALL",
        "firewall-next/1, FIREWALL",
        "firewalls/1, MACHINE"
    })
    void whatAnImageIsForDecidesWhichTestItNeeds(String image, TestProfile profile) {
        assertThat(TestProfile.required(image)).isEqualTo(profile);
    }

    @Test
    void aFullTestThatPassedCountsAsOne() {
        assertThat(full().shortfall(TARBALL, IMAGE)).isEmpty();
        for (String kind : List.of("multi-part", "script", "ignition", "ignition-3")) {
            assertThat(result(setup(all -> all.with("userdata", kind)), List.of(), List.of())
                            .shortfall(TARBALL, IMAGE))
                    .isEmpty();
        }
        TestResult firewall = new TestResult(
                TARBALL,
                "firewall/3.0-debian",
                SampleArtifact.TESTED,
                Optional.of(SampleArtifact.TESTED.plusSeconds(310)),
                setup(all -> all.with("role", "firewall").with("allocation", "firewall")),
                PASSED,
                List.of(),
                List.of(),
                List.of());
        assertThat(firewall.shortfall(TARBALL, "firewall/3.0-debian")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "network, user, network user instead of fabric",
        "layout, raid1, layout raid1 instead of default",
        "layout, other, layout other instead of default",
        "burn, tar, burn tar instead of metal-hammer",
        "allocation, machine-dual-stack, allocation machine-dual-stack instead of machine",
        "userdata, none, no userdata",
        "userdata, other, userdata of the user's own",
        "reboots, 0, no reboot",
        "role, firewall, role firewall instead of machine",
        "role, router, role router instead of machine"
    })
    void aLesserTestIsNoFullOne(String what, String value, String reason) {
        TestResult lesser = result(setup(all -> all.with(what, value)), List.of(), List.of());
        assertThat(lesser.outcome()).isEqualTo(TestResult.Outcome.PASSED);
        assertThat(lesser.profile()).isEqualTo(TestProfile.PARTIAL);
        assertThat(lesser.shortfall(TARBALL, IMAGE).orElseThrow())
                .startsWith("did not pass the full test: it was tested with ")
                .contains(reason);
    }

    @Test
    void theFullTestOfTheOtherRoleDoesNotCount() {
        TestResult asFirewall =
                result(setup(all -> all.with("role", "firewall").with("allocation", "firewall")), List.of(), List.of());
        assertThat(asFirewall.profile()).isEqualTo(TestProfile.FIREWALL);
        assertThat(asFirewall.shortfall(TARBALL, IMAGE).orElseThrow()).contains("role firewall instead of machine");
    }

    @Test
    void whatFailedWasLeftOutOrIsAnotherDoesNotCount() {
        assertThat(result(SampleArtifact.FULL_TEST, List.of("reboot by UEFI"), List.of())
                        .shortfall(TARBALL, IMAGE))
                .contains("did not pass its test of 2026-05-02T12:00:00Z: reboot by UEFI");
        TestResult leftOut = result(SampleArtifact.FULL_TEST, List.of(), List.of("checks: Time: there is no clock."));
        assertThat(leftOut.outcome()).isEqualTo(TestResult.Outcome.WARNED);
        assertThat(leftOut.shortfall(TARBALL, IMAGE))
                .contains("did not pass the full test: this was left out: checks: Time: there is no clock");
        assertThat(full().shortfall(Digest.of("another"), IMAGE))
                .contains("was not tested, as it is now: its test result is of another tarball");
        assertThat(full().shortfall(TARBALL, "debian/13")).contains("was tested as debian/12");
        TestResult nothing = new TestResult(
                TARBALL,
                IMAGE,
                SampleArtifact.TESTED,
                Optional.of(SampleArtifact.TESTED.plusSeconds(310)),
                SampleArtifact.FULL_TEST,
                List.of(),
                List.of(),
                List.of(),
                List.of());
        assertThat(nothing.outcome()).isEqualTo(TestResult.Outcome.FAILED);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                malformed("it is no in-toto statement", root -> root.put("_type", "https://in-toto.io/Statement/v0.1")),
                malformed("it is no test result", root -> root.put("predicateType", "https://slsa.dev/provenance/v1")),
                malformed("it speaks of no file", root -> root.putArray("subject")),
                malformed("it speaks of no file", root -> root.remove("subject")),
                malformed(
                        "it does not speak of img.tar.lz4 alone",
                        root -> ((ArrayNode) root.path("subject"))
                                .addObject()
                                .put("name", "packages.txt")
                                .putObject("digest")
                                .put("sha256", TARBALL.hex())),
                malformed(
                        "it does not speak of img.tar.lz4 alone",
                        root -> subject(root).put("name", "img.tar")),
                malformed("\"../img.tar.lz4\"", root -> subject(root).put("name", "../img.tar.lz4")),
                malformed(
                        "it has no SHA-256 of img.tar.lz4",
                        root -> subject(root).putObject("digest").put("sha512", "0".repeat(128))),
                malformed(
                        "it has no SHA-256 of img.tar.lz4",
                        root -> subject(root)
                                .putObject("digest")
                                .put("sha256", TARBALL.hex().toUpperCase(Locale.ROOT))),
                malformed(
                        "it says FAILED, and its tests say PASSED",
                        root -> predicate(root).put("result", "FAILED")),
                malformed(
                        "it says WARNED, and its tests say PASSED",
                        root -> predicate(root).put("result", "WARNED")),
                malformed(
                        "it says PASSED, and its tests say FAILED",
                        root -> predicate(root).putArray("failedTests").add("burn again")),
                malformed(
                        "it says PASSED, and its tests say FAILED",
                        root -> predicate(root).putArray("passedTests")),
                malformed(
                        "it has the test \"burn\" twice",
                        root -> predicate(root).putArray("failedTests").add("burn")),
                malformed(
                        "it has tests that passed with a warning",
                        root -> predicate(root).putArray("warnedTests").add("x")),
                malformed(
                        "its passedTests are not names",
                        root -> predicate(root).putArray("passedTests").add(1)),
                malformed(
                        "it does not tell of the test", root -> predicate(root).putArray("configuration")),
                malformed(
                        "it tells of layout twice",
                        root -> ((ArrayNode) predicate(root).path("configuration"))
                                .addObject()
                                .put("name", "layout")),
                malformed(
                        "it does not say that its profile is partial",
                        root -> annotations(root).put("network", "user")),
                malformed(
                        "it does not say that its profile is machine",
                        root -> ((ObjectNode)
                                        predicate(root).path("configuration").path(0))
                                .put("uri", "https://images.metal-stack.io/test-type/v1#firewall")),
                malformed(
                        "it does not tell of the image",
                        root -> annotations(root).remove("image")),
                malformed("could not be parsed", root -> annotations(root).put("started", "yesterday")),
                malformed(
                        "it does not tell of reboots", root -> annotations(root).put("reboots", "1")),
                malformed(
                        "it does not tell of reboots", root -> annotations(root).put("reboots", -1)),
                malformed(
                        "it does not tell of the baseline",
                        root -> annotations(root).remove("baseline")),
                malformed(
                        "it does not tell of the acceleration",
                        root -> annotations(root).remove("acceleration")));
    }

    private static Arguments malformed(String reason, Consumer<ObjectNode> change) {
        return Arguments.of(reason, change);
    }

    private static ObjectNode subject(ObjectNode root) {
        return (ObjectNode) root.path("subject").path(0);
    }

    private static ObjectNode predicate(ObjectNode root) {
        return (ObjectNode) root.path("predicate");
    }

    private static ObjectNode annotations(ObjectNode root) {
        return (ObjectNode) predicate(root).path("configuration").path(0).path("annotations");
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void whatDoesNotAgreeWithItselfIsRefused(String reason, Consumer<ObjectNode> change) {
        ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(TestResultStatement.write(full()));
        change.accept(root);
        byte[] json = JsonMapper.shared().writeValueAsBytes(root);
        assertThatThrownBy(() -> TestResult.parse(json, "test-result.json"))
                .isInstanceOf(FaultException.class)
                .hasMessageStartingWith("test-result.json is damaged: ")
                .hasMessageContaining(reason);
    }

    @Test
    void whatIsNoJsonIsRefused() {
        String json = new String(TestResultStatement.write(full()), StandardCharsets.UTF_8);
        for (String text : List.of(
                "",
                "[]",
                json.substring(0, json.length() / 2),
                json + json,
                json.replace("\"result\"", "\"result\" : \"FAILED\", \"result\""))) {
            assertThatThrownBy(() -> TestResult.parse(text.getBytes(StandardCharsets.UTF_8), "test-result.json"))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith("test-result.json is damaged: ");
        }
    }
}

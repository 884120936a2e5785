package io.metalimages.build.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.parse.DockerfileParser;
import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.syntax.Dockerfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DockerfileLintTest {

    private static final Map<String, String> PREDEFINED =
            Map.of("TARGETPLATFORM", "linux/amd64", "BUILDPLATFORM", "linux/amd64", "TARGETARCH", "amd64");

    @TempDir
    Path context;

    private LintResult check(String text, Map<String, String> arguments, String ignored) {
        Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", text);
        return DockerfileLint.check(
                dockerfile,
                new LintContext(
                        arguments,
                        PREDEFINED,
                        context,
                        ignored.isEmpty() ? Optional.empty() : Optional.of(IgnoreFile.parse(".dockerignore", ignored)),
                        stage -> Optional.of(Map.of("INHERITED", "1"))));
    }

    private List<String> findings(String text) {
        return check(text, Map.of(), "").findings().stream()
                .map(LintFinding::toString)
                .toList();
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("FROM a AS Base", "1: StageNameCasing: Stage name 'Base' should be lowercase"),
                mistake("FROM a as base", "1: FromAsCasing: 'as' and 'FROM' keywords' casing do not match"),
                mistake("from a AS base", "1: FromAsCasing: 'AS' and 'from' keywords' casing do not match"),
                mistake("FROM a\nRUN b && \\\n\n  c", "4: NoEmptyContinuation: Empty continuation line"),
                mistake(
                        "FROM a\nRun b\nRUN c\nrun d",
                        "2: ConsistentInstructionCasing: Command 'Run' should match the case of the command majority"
                                + " (uppercase)",
                        "4: ConsistentInstructionCasing: Command 'run' should match the case of the command majority"
                                + " (uppercase)"),
                mistake(
                        "FROM a AS scratch",
                        "1: ReservedStageName: Stage name should not use the same name as reserved stage \"scratch\""),
                mistake(
                        "FROM a\nCMD b",
                        "2: JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related"
                                + " to OS signals"),
                mistake(
                        "FROM a\nMAINTAINER b",
                        "2: MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label"),
                mistake(
                        "ARG VERSION=1\nFROM a:${VERSIO}1",
                        "2: UndefinedArgInFrom: FROM argument 'VERSIO' is not declared (did you mean VERSION?)"),
                mistake(
                        "FROM a\nARG NAME=x\nCOPY $NAM $INHERITED /",
                        "3: UndefinedVar: Usage of undefined variable '$NAM' (did you mean $NAME?)"),
                mistake("FROM a\nCOPY x$TARGETARCH /", "2: UndefinedVar: Usage of undefined variable '$TARGETARCH'"),
                mistake(
                        "FROM a\nWORKDIR app\nWORKDIR other",
                        "2: WorkdirRelativePath: Relative workdir \"app\" can have unexpected results if the base image"
                                + " changes"),
                mistake(
                        "ARG TAG\nFROM a:${TAG}",
                        "2: InvalidDefaultArgInFrom: Default value for ARG a:${TAG} results in empty or invalid base image"
                                + " name"),
                mistake(
                        "FROM a\nCMD [\"b\"]\nCMD [\"c\"]",
                        "2: MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage"
                                + " because only the last one will be used"),
                mistake(
                        "FROM a\nARG API_TOKEN\nENV password=x\nENV TOKEN_FILE=x PUBLIC_KEY=y",
                        "2: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG"
                                + " \"API_TOKEN\")",
                        "3: SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV"
                                + " \"password\")"),
                mistake(
                        "FROM a\nENV b c d",
                        "2: LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\""
                                + " format"),
                mistake(
                        "FROM --platform=$TARGETPLATFORM a",
                        "1: RedundantTargetPlatform: Setting platform to predefined $TARGETPLATFORM in FROM is redundant as"
                                + " this is the default behavior"),
                mistake(
                        "FROM --platform=linux/amd64 a",
                        "1: FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value"
                                + " \"linux/amd64\""),
                mistake(
                        "# check=experimental=all\nFROM a\n\n# The name\nARG NAME",
                        "5: InvalidDefinitionDescription: Comment for ARG should follow the format: `# NAME <description>`"),
                mistake(
                        "FROM a\nEXPOSE 80/TCP 127.0.0.1:80:80",
                        "2: ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
                        "2: ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping,"
                                + " found '127.0.0.1:80:80'"),
                mistake(
                        "FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends linux-image-amd64 && rm"
                                + " -rf /var/lib/apt/lists/*",
                        "2: KernelWithoutInitramfs: linux-image-amd64 is installed, but nothing that makes its initramfs,"
                                + " such as initramfs-tools"),
                mistake(
                        "FROM debian\nRUN INITRD=No apt-get install -y linux-image-amd64 initramfs-tools",
                        "2: KernelWithoutInitramfs: linux-image-amd64 is installed with INITRD=No, and nothing makes its"
                                + " initramfs afterwards"),
                mistake(
                        "FROM debian:12\nRUN apt-get install -y openssh-server\nRUN systemctl enable ssh nginx.service",
                        "3: ServiceWithoutPackage: nginx.service is enabled, but no package or file here looks like bringing"
                                + " it"),
                mistake(
                        "FROM debian\nRUN curl -fsSL https://example.com/gpg | apt-key add -",
                        "2: UnpinnedSigningKey: A signing key is fetched and trusted whatever it is: compare it with a"
                                + " checksum or a fingerprint"),
                mistake(
                        "FROM debian\nADD https://example.com/archive.asc /etc/apt/keyrings/",
                        "2: UnpinnedSigningKey: The signing key https://example.com/archive.asc is fetched without"
                                + " --checksum"),
                mistake(
                        "FROM debian\nRUN apt-get update && apt-get clean",
                        "2: PackageCacheLeft: apt-get leaves what it has fetched in /var/lib/apt/lists"),
                mistake(
                        "FROM almalinux:9\nRUN dnf install -y vim",
                        "2: PackageCacheLeft: dnf leaves what it has fetched in /var/cache/dnf"));
    }

    private static Arguments mistake(String text, String... findings) {
        return Arguments.of(
                text,
                Stream.of(findings).map(finding -> "Dockerfile:" + finding).toList());
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void findsMistakes(String text, List<String> expected) {
        assertThat(findings(text)).containsExactlyElementsOf(expected);
    }

    @Test
    void hasACaseOfEveryRule() {
        String all = mistakes()
                .map(Arguments::get)
                .map(parts -> parts[1].toString())
                .toList()
                .toString();
        Stream.of(LintRule.values())
                .filter(rule -> rule != LintRule.COPY_IGNORED_FILE)
                .forEach(rule -> assertThat(all).contains(" " + rule.id() + ": "));
    }

    static Stream<String> fine() {
        return Stream.of(
                "FROM a AS base\nFROM base\nSHELL [\"/bin/bash\", \"-c\"]\nCMD b",
                "from a as base\nrun b",
                "FROM a\nRUN b && \\\n  # comment\n  c",
                "ARG TAG=1\nFROM a:${TAG}\nARG TAG\nLABEL version=$TAG",
                "FROM a\nARG UNSET\nENV VALUE=${UNSET} OTHER=${NEVER:-default}",
                "FROM a AS base\nARG NAME=x\nFROM base\nCOPY $NAME /",
                "FROM --platform=$BUILDPLATFORM a",
                "FROM --platform=linux/amd64 a AS build-amd64",
                "FROM a\nWORKDIR /app\nWORKDIR other",
                "FROM a\nCMD [\"b\"]\nFROM a\nCMD [\"c\"]",
                "FROM a\nRUN <<EOF\n\nb\n\nEOF",
                "FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends linux-image-amd64"
                        + " initramfs-tools\nRUN rm -rf /var/lib/apt/lists/*",
                "FROM debian\nRUN INITRD=No apt-get install -y linux-image-amd64\nRUN update-initramfs -c -k all",
                "FROM debian\nRUN apt-get install -y openssh-server && systemctl enable sshd systemd-networkd getty@tty1",
                "FROM debian\nRUN curl -O https://example.com/x.tgz && tar -xf x.tgz && systemctl enable x",
                "FROM other/server:1\nRUN systemctl enable nginx",
                "FROM debian\nRUN curl -fsSL https://example.com/key.asc -o /etc/apt/keyrings/k.asc && echo"
                        + " '1234567890123456789012345678901234567890123456789012345678901234 /etc/apt/keyrings/k.asc' |"
                        + " sha256sum -c",
                "FROM debian\nADD --checksum=sha256:1 https://example.com/archive.asc /etc/apt/keyrings/",
                "FROM debian\nRUN --mount=type=cache,target=/var/lib/apt apt-get update",
                "FROM debian AS build\nRUN apt-get update\nFROM scratch\nCOPY --from=build /x /",
                "FROM almalinux:9\nRUN dnf install -y vim && dnf clean all",
                "FROM alpine\nRUN apk add --no-cache vim");
    }

    @ParameterizedTest
    @MethodSource("fine")
    void letsWhatIsFinePass(String text) {
        assertThat(findings(text)).isEmpty();
    }

    @Test
    void findsUnitsInTheContext() throws IOException {
        Files.createDirectories(context.resolve("rootfs/etc/systemd/system"));
        Files.writeString(context.resolve("rootfs/etc/systemd/system/mine.service"), "[Service]");

        assertThat(findings("FROM debian\nCOPY rootfs/ /\nRUN systemctl enable mine yours"))
                .singleElement()
                .asString()
                .contains("yours is enabled");
    }

    @Test
    void findsIgnoredFiles() {
        String text = "FROM a\nCOPY secret.txt other.txt /\nADD . /\nCOPY --from=b secret.txt /";

        assertThat(check(text, Map.of(), "secret.*").findings())
                .extracting(LintFinding::toString)
                .containsExactly(
                        "Dockerfile:2: CopyIgnoredFile: Attempting to Copy file \"secret.txt\" that is excluded by"
                                + " .dockerignore");
        assertThat(check(text, Map.of(), "*").findings()).hasSize(3);
        assertThat(check(text, Map.of(), "*\n!secret.txt").findings()).isEmpty();
    }

    @Test
    void obeysDirectives() {
        String mistakes = "FROM a AS Base\nMAINTAINER b\n";

        assertThat(findings("# check=skip=StageNameCasing\n" + mistakes)).hasSize(1);
        assertThat(findings("# check=skip=all\n" + mistakes)).isEmpty();
        assertThat(findings("FROM a AS Base\n# check=skip=MaintainerDeprecated it was long ago\nMAINTAINER b"))
                .singleElement()
                .asString()
                .contains("StageNameCasing");
        assertThat(check("# check=error=true\n" + mistakes, Map.of(), "").failing())
                .isTrue();
        assertThat(check(mistakes, Map.of("BUILDKIT_DOCKERFILE_CHECK", "skip=all"), "")
                        .findings())
                .isEmpty();
        assertThatThrownBy(() -> findings("# syntax=docker/dockerfile:1\n# check=skipp=all\n" + mistakes))
                .isInstanceOf(DockerfileException.class)
                .hasMessageStartingWith("Dockerfile:2: ");
    }

    /** The definitions of the checkout are examples for others. */
    @TestFactory
    Stream<DynamicTest> findsNothingInOurDefinitions() throws IOException {
        Definitions definitions = Definitions.in(Path.of("../os"), Map.of());
        return definitions.names().stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Definition definition = definitions.find(name);
                    Dockerfile dockerfile = DockerfileParser.parse(
                            definition.dockerfile().toString(), Files.readString(definition.dockerfile()));
                    LintResult result = DockerfileLint.check(
                            dockerfile,
                            new LintContext(
                                    definition.buildArguments(),
                                    PREDEFINED,
                                    definition.context(),
                                    Optional.empty(),
                                    stage -> Optional.of(Map.of())));
                    assertThat(result.findings()).isEmpty();
                }));
    }
}

package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.build.definition.DefinitionText;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.engine.Operation;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.files.ModeChange;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Dockerfiles mean, as operations; nothing is run. */
class LoweringTest {

    @TempDir
    Path directory;

    private WorkDirectory work;
    private StateDirectory state;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        Files.createDirectories(directory.resolve("os/image"));
    }

    @AfterEach
    void close() throws Exception {
        work.close();
    }

    private Definition definition(String dockerfile, Map<String, String> arguments, Map<String, String> contexts)
            throws IOException {
        Path context = directory.resolve("os/image");
        Files.writeString(context.resolve("Dockerfile"), dockerfile);
        return new Definition(
                "image/1", context.resolve("Dockerfile"), context, arguments, contexts, Optional.empty(), List.of());
    }

    private Operation lower(String dockerfile, Map<String, String> arguments, Map<String, String> contexts)
            throws Exception {
        return lower(definition(dockerfile, arguments, contexts));
    }

    private Operation lower(Definition definition) throws Exception {
        return lower(definition, BuildOptions.USUAL);
    }

    private Operation lower(Definition definition, BuildOptions options) throws Exception {
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(directory.resolve("os"), Map.of()),
                state,
                work,
                new OverlaySnapshotStore(state),
                options,
                Map.of("CONTAINERS_REGISTRIES_CONF", withoutRegistries().toString()));
        return builder.plan(definition, event -> {
                    if (event instanceof Progress.Event.Note(String message)) {
                        notes.add(message);
                    }
                })
                .root();
    }

    /** A machine on which nobody may be asked for images. */
    private Path withoutRegistries() throws IOException {
        return Files.writeString(
                directory.resolve("registries.conf"), "[[registry]]\nprefix = \"docker.io\"\nblocked = true\n");
    }

    private Operation.Run run(String dockerfile) throws Exception {
        return (Operation.Run) lower(dockerfile, Map.of(), Map.of());
    }

    private Operation.Copy copy(String dockerfile) throws Exception {
        return (Operation.Copy) lower(dockerfile, Map.of(), Map.of());
    }

    private Network network(String flag, Network allowed) throws Exception {
        Definition definition = definition("FROM scratch\nRUN " + flag + " true\n", Map.of(), Map.of());
        return ((Operation.Run) lower(definition, new BuildOptions(false, false, false, allowed, StepLimits.USUAL)))
                .network();
    }

    @Test
    void aStepTakesNoMoreOfTheNetworkThanTheUserAllows() throws Exception {
        assertThat(network("", Network.OUTGOING)).isEqualTo(Network.OUTGOING);
        assertThat(network("--network=none", Network.OUTGOING)).isEqualTo(Network.NONE);
        assertThat(network("--network=default", Network.NONE)).isEqualTo(Network.NONE);
        assertThat(network("", Network.HOST)).isEqualTo(Network.HOST);
        assertThat(network("--network=host", Network.HOST)).isEqualTo(Network.HOST);
        for (Network allowed : List.of(Network.OUTGOING, Network.NONE)) {
            assertThatThrownBy(() -> network("--network=host", allowed))
                    .isInstanceOfSatisfying(FaultException.class, fault -> {
                        assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                        assertThat(fault).hasMessageContaining("Dockerfile:2: RUN --network=host");
                        assertThat(fault.remedy().orElseThrow()).contains("--network host");
                    });
        }
    }

    @Test
    void theShellFormIsOneArgumentOfTheShell() throws Exception {
        assertThat(run("FROM scratch\nRUN echo $HOME && \\\n  true\n").arguments())
                .containsExactly("/bin/sh", "-c", "echo $HOME &&   true");
        assertThat(run("FROM scratch\nSHELL [\"/bin/bash\", \"-ec\"]\nRUN true\n")
                        .arguments())
                .containsExactly("/bin/bash", "-ec", "true");
        assertThat(run("FROM scratch\nRUN [\"a\", \"b c\"]\n").arguments()).containsExactly("a", "b c");
    }

    @Test
    void aHereDocumentIsAScript() throws Exception {
        assertThat(run("FROM scratch\nRUN <<EOF\nset -e\nid\nEOF\n").arguments())
                .containsExactly("/bin/sh", "-c", "set -e\nid\n");
        Operation.Run python = run("FROM scratch\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF\n");
        assertThat(python.arguments()).containsExactly("/bin/sh", "-c", "/dev/pipes/EOF");
        assertThat(python.mounts())
                .containsExactly(new Operation.Mount.Inline("/dev/pipes/EOF", "#!/usr/bin/python3\nprint(1)\n", 0755));
    }

    @Test
    void variablesComeFromArgumentsAndTheEnvironment() throws Exception {
        String dockerfile = """
            ARG GLOBAL=global
            FROM scratch
            ARG GLOBAL
            ARG A=default
            ARG B=of-$A
            ENV C=${B}-env A=wins
            RUN true
            """;
        Operation.Run run = (Operation.Run) lower(dockerfile, Map.of("A", "given"), Map.of());
        assertThat(run.environment())
                .containsEntry("GLOBAL", "global")
                .containsEntry("A", "wins")
                .containsEntry("B", "of-given")
                .containsEntry("C", "of-given-env")
                .containsKey("PATH");
    }

    @Test
    void aGlobalArgumentIsNotSeenInAStageThatDoesNotAskForIt() throws Exception {
        assertThat(run("ARG G=g\nFROM scratch\nENV E=x$G\nRUN true\n").environment())
                .containsEntry("E", "x")
                .doesNotContainKey("G");
    }

    @Test
    void tellsWhichArgumentsNobodyDeclares() throws Exception {
        lower("FROM scratch\nRUN true\n", Map.of("TYPO", "1"), Map.of());
        assertThat(notes).singleElement().asString().contains("TYPO");
    }

    @Test
    void stagesInheritAndCopyFromEachOther() throws Exception {
        String dockerfile = """
            FROM scratch AS first
            ENV A=1
            WORKDIR /w
            USER me
            RUN one
            FROM scratch AS unused
            RUN never
            FROM first
            COPY --from=0 /from /to/
            RUN two
            """;
        Operation.Run two = run(dockerfile);
        assertThat(two.environment()).containsEntry("A", "1");
        assertThat(two.workingDirectory()).isEqualTo("/w");
        assertThat(two.user()).isEqualTo("me");
        Operation.Copy copy = (Operation.Copy) two.input();
        assertThat(source(copy)).isSameAs(copy.input());
        assertThat(names(two)).noneMatch(name -> name.contains("never"));
    }

    private static List<String> names(Operation operation) {
        List<String> names = new ArrayList<>();
        names.add(operation.label().name());
        operation.inputs().forEach(input -> names.addAll(names(input)));
        return names;
    }

    @Test
    void destinationsAreRelativeToTheWorkingDirectory() throws Exception {
        assertThat(copy("FROM scratch\nWORKDIR /w\nWORKDIR v\nCOPY a .\n").destination())
                .isEqualTo("/w/v/");
        assertThat(copy("FROM scratch\nWORKDIR /w\nCOPY a b/\n").destination()).isEqualTo("/w/b/");
        assertThat(copy("FROM scratch\nWORKDIR /w\nCOPY a ../b\n").destination())
                .isEqualTo("/b");
        assertThat(copy("FROM scratch\nCOPY --chmod=0640 --chown=a:b a /\n"))
                .returns(ModeChange.parse("0640"), Operation.Copy::mode)
                .returns("a:b", Operation.Copy::owner);
    }

    @Test
    void filesWhoseTextStandsInTheDockerfile() throws Exception {
        Operation.Copy copy = copy("FROM scratch\nENV A=1\nCOPY <<one <<'two' /etc/\n$A\none\n$A\ntwo\n");
        assertThat(copy.sources()).containsExactly(inline("one", "1\n"), inline("two", "$A\n"));
    }

    private static Operation.Source inline(String name, String content) {
        return Operation.Source.of(new Operation.FileSource.Inline(Map.of(name, content)), List.of(name));
    }

    @Test
    void mountsOfARun() throws Exception {
        Operation.Run run = run("""
            FROM scratch AS tools
            FROM scratch
            WORKDIR /w
            RUN --mount=type=cache,target=/c,sharing=locked,uid=7,mode=0700 \\
                --mount=type=tmpfs,target=t,size=1048576 \\
                --mount=from=tools,source=/bin,target=/b true
            """);
        assertThat(run.mounts().subList(0, 2))
                .containsExactly(
                        new Operation.Mount.Cache("/c", "/c", Operation.Sharing.LOCKED, 0700, 7, 0),
                        new Operation.Mount.Temporary("/w/t", Optional.of(1048576L)));
        assertThat(run.mounts().get(2)).isInstanceOfSatisfying(Operation.Mount.Bind.class, bind -> {
            assertThat(bind.source()).isEqualTo("/bin");
            assertThat(bind.from()).isInstanceOf(Operation.FileSource.OfOperation.class);
        });
    }

    @Test
    void mountsOfWhatTheUserLends() throws Exception {
        Operation.Run run = run("""
            FROM scratch
            WORKDIR /w
            RUN --mount=type=secret,id=a --mount=type=secret,ID=b,env=B --mount=type=secret,id=c,dst=c,env=C,mode=0444 \\
                --mount=type=ssh --mount=type=ssh,id=other,required --mount=type=bind,source=/,rw \\
                --mount=type=cache,target=/c,from=scratch,ro --mount=type=tmpfs,target=/t,ro true
            """);
        assertThat(run.mounts().subList(0, 5))
                .containsExactly(
                        new Operation.Mount.Secret(
                                "a", Optional.of("/run/secrets/a"), Optional.empty(), false, 0400, 0, 0),
                        new Operation.Mount.Secret("b", Optional.empty(), Optional.of("B"), false, 0400, 0, 0),
                        new Operation.Mount.Secret("c", Optional.of("/w/c"), Optional.of("C"), false, 0444, 0, 0),
                        new Operation.Mount.Agent("default", "/run/buildkit/ssh_agent.0", false, 0600, 0, 0),
                        new Operation.Mount.Agent("other", "/run/buildkit/ssh_agent.1", true, 0600, 0, 0));
        assertThat(run.environment()).containsEntry("SSH_AUTH_SOCK", "/run/buildkit/ssh_agent.0");
        assertThat(run.mounts().get(5)).isInstanceOfSatisfying(Operation.Mount.Bind.class, bind -> {
            assertThat(bind.target()).isEqualTo("/w");
            assertThat(bind.writable()).isTrue();
        });
        assertThat(run.mounts().get(6)).isInstanceOfSatisfying(Operation.Mount.Cache.class, cache -> {
            assertThat(cache.from()).isPresent();
            assertThat(cache.readOnly()).isTrue();
        });
        assertThat(run.mounts().get(7)).isEqualTo(new Operation.Mount.Temporary("/t", Optional.empty(), true));
    }

    @Test
    void anotherDefinitionsImageIsBuiltFirst() throws Exception {
        Path debian = Files.createDirectories(directory.resolve("os/debian"));
        Files.writeString(
                debian.resolve("docker-make.yaml"),
                "version: '1'\nname: debian\nregistry-host: here\nbuilds: [{name: '12', tags: ['12']}]\n");
        Files.writeString(debian.resolve("Dockerfile"), "FROM scratch\nENV FROM_DEBIAN=1\nRUN debian\n");

        Operation.Run run = run("FROM here/debian:12\nRUN nvidia\n");
        assertThat(run.environment()).containsEntry("FROM_DEBIAN", "1");
        assertThat(names(run)).anyMatch(name -> name.endsWith("RUN debian"));
    }

    @Test
    void aNamedContextComesBeforeWhatElseTheNameCouldMean() throws Exception {
        Path mine = Files.createDirectories(directory.resolve("mine"));
        Files.writeString(mine.resolve("f"), "f");
        Operation.Run run = (Operation.Run)
                lower("FROM debian:bookworm\nRUN true\n", Map.of(), Map.of("debian:bookworm", mine.toString()));
        assertThat(run.input()).isInstanceOf(Operation.Copy.class);

        Operation.Copy copy =
                (Operation.Copy) lower("FROM scratch\nCOPY --from=src f /\n", Map.of(), Map.of("src", mine.toString()));
        assertThat(copy.sources().getFirst().from()).isInstanceOf(Operation.FileSource.Directory.class);
    }

    @Test
    void aNamedContextTakesThePlaceOfTheStageOfItsName() throws Exception {
        Path mine = Files.createDirectories(directory.resolve("mine"));
        String dockerfile = "FROM scratch AS Program\nRUN make\nFROM scratch\nCOPY --from=program f /\n";
        Operation.Copy ofStage = (Operation.Copy) lower(dockerfile, Map.of(), Map.of());
        assertThat(source(ofStage)).isInstanceOf(Operation.Run.class);

        for (String name : List.of("program", "Program")) {
            Operation.Copy copy = (Operation.Copy) lower(dockerfile, Map.of(), Map.of(name, mine.toString()));
            assertThat(source(copy)).isInstanceOf(Operation.Copy.class);
        }
        Operation.Copy further = (Operation.Copy) lower(
                "FROM scratch AS base\nRUN make\nFROM base\nCOPY f /\n", Map.of(), Map.of("base", mine.toString()));
        assertThat(further.input()).isInstanceOf(Operation.Copy.class);
    }

    private static Operation source(Operation.Copy copy) {
        return ((Operation.FileSource.OfOperation) copy.sources().getFirst().from()).operation();
    }

    private void assertWrong(String dockerfile, Map<String, String> contexts, String message, String remedy) {
        assertThatThrownBy(() -> lower(dockerfile, Map.of(), contexts))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    assertThat(fault.getMessage()).contains("Dockerfile:").contains(message);
                    assertThat(fault.remedy().orElse("")).contains(remedy);
                });
    }

    @Test
    void saysThatAnotherPlatformIsMissing() {
        assertThatThrownBy(() -> lower("FROM --platform=linux/riscv64 scratch\n", Map.of(), Map.of()))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE);
                    assertThat(fault.getMessage()).contains("Dockerfile:1: ").contains("riscv64 can't be built");
                });
    }

    @Test
    void saysWhatIsWrong() {
        assertWrong("FROM nowhere:1\n", Map.of(), "Dockerfile:1: there is no base nowhere:1", "debian:");
        assertWrong("FROM debian:bookwrom\n", Map.of(), "there is no base debian:bookwrom", "debian:bookworm");
        assertWrong("FROM scratch\nCOPY --from=none /a /\n", Map.of(), "Dockerfile:2: there is no base none", "");
        assertWrong(
                "FROM scratch\nCOPY --from=late /a /\nFROM scratch AS late\nFROM 0\n",
                Map.of(),
                "the stage late is not above this one",
                "Move it up");
        assertWrong("ARG B\nFROM $B\n", Map.of(), "Dockerfile:2: the base's name '$B' is empty", "--build-arg");
        assertWrong(
                "FROM a\n",
                Map.of("a", "docker-image://b", "b", "docker-image://a"),
                "needs itself: the context a, which needs the context b, which needs the context a",
                "");
        assertWrong("FROM a\n", Map.of("a", "/not/there"), "the context a is no directory: /not/there", "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        USER 9999999999                         | USER 9999999999: the highest number of a user or group is 2147483647
        USER me:4294967296                      | USER me:4294967296: the highest number
        USER 1:2:3                              | USER 1:2:3 does not name a user
        USER :1                                 | USER :1 does not name a user
        COPY --chown=2147483648 a /             | --chown 2147483648: the highest number
        COPY --chmod=77777 a /                  | --chmod=77777 is no mode
        COPY --chmod=u+q a /                    | --chmod=u+q is no mode
        RUN --mount=type=cache,target=/c,uid=3000000000 true | 3000000000: the highest number
        ENV $NOBODY=1                           | the name '$NOBODY' is empty
        RUN --mount=type=cache,target= true     | the mount has no target
        RUN --mount=type=tmpfs,size=1m true     | the mount has no target
        RUN ["echo", "a\\u0000b"]                | there is a NUL character
        COPY ["a\\u0000b", "/"]                  | there is a NUL character
        """)
    void mistakesAreFoundBeforeAnyStepRuns(String instruction, String message) {
        assertWrong("FROM scratch\n" + instruction + "\n", Map.of(), message, "");
        assertThatThrownBy(() -> lower("FROM scratch\n" + instruction + "\n", Map.of(), Map.of()))
                .hasMessageContaining("Dockerfile:2: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"WORKDIR /PATH", "COPY a /PATH", "COPY a /PATH/", "RUN --mount=type=tmpfs,target=/PATH true"})
    void pathsThatLinuxCannotHaveAreFoundBeforeAnyStepRuns(String instruction) throws Exception {
        String name = "\u00e4".repeat(127);
        assertWrong(
                "FROM scratch\n" + instruction.replace("PATH", name + "aa") + "\n",
                Map.of(),
                "Dockerfile:2: a file's name has 256 bytes",
                "Shorten");
        assertWrong(
                "FROM scratch\n" + instruction.replace("PATH", (name + "/").repeat(17)) + "\n",
                Map.of(),
                "Dockerfile:2: a path has 4335 bytes",
                "Shorten");
        assertThat(lower("FROM scratch\n" + instruction.replace("PATH", name + "a") + "\n", Map.of(), Map.of()))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY a[ /x", "COPY --from=s [] /x", "COPY b a[b-] /x/", "COPY a\\ /x"})
    void malformedPatternsAreFoundBeforeAnyStepRuns(String instruction) {
        String dockerfile = "# escape=`\nFROM scratch AS s\nFROM scratch\n" + instruction + "\n";
        assertThatThrownBy(() -> lower(dockerfile, Map.of(), Map.of()))
                .isInstanceOfSatisfying(DockerfileException.class, fault -> {
                    assertThat(fault.range().firstLine()).isEqualTo(4);
                    assertThat(fault).hasMessageContaining("bracket without its counterpart");
                });
    }

    @Test
    void aDigestIsNeverDropped() throws Exception {
        String digest = "@sha256:" + "0123456789abcdef".repeat(4);
        Path debian = Files.createDirectories(directory.resolve("os/debian"));
        Files.writeString(
                debian.resolve("docker-make.yaml"),
                "version: '1'\nname: debian\nregistry-host: here\nbuilds: [{name: '12', tags: ['12']}]\n");
        Files.writeString(debian.resolve("Dockerfile"), "FROM scratch\nRUN debian\n");
        for (String name : List.of("debian:bookworm", "here/debian:12", "debian", "alpine:3")) {
            String reference = name + digest;
            String repository = name.startsWith("here") ? "docker.io/" : "docker.io/library/";
            String message = "there is no base " + reference;
            String registry = "Nor can it be had from a registry: " + repository + reference + " may not be taken";
            assertWrong("FROM " + reference + "\n", Map.of(), "Dockerfile:1: " + message, "");
            assertWrong("FROM " + reference + "\n", Map.of(), registry, "");
            assertWrong("FROM scratch\nCOPY --from=" + reference + " /a /\n", Map.of(), "Dockerfile:2: " + message, "");
            assertWrong(
                    "FROM scratch\nRUN --mount=from=" + reference + ",target=/a true\n",
                    Map.of(),
                    "Dockerfile:2: " + message,
                    "");
            assertWrong("FROM mine\n", Map.of("mine", "docker-image://" + reference), "Dockerfile:1: " + message, "");
        }
        assertWrong("FROM debian:bookworm@\n", Map.of(), "is no digest", "");
        String context = Files.createDirectory(directory.resolve("mine")).toString();
        assertThat(lower("FROM debian:12" + digest + "\nRUN true\n", Map.of(), Map.of("debian:12" + digest, context)))
                .as("who names a directory by all of it means it")
                .isInstanceOf(Operation.Run.class);
    }

    @Test
    void tagsThatNoDistributionHasAreRefused() {
        for (String image : List.of("debian", "debian:latest", "debian:12.5", "debian:jessie")) {
            assertWrong("FROM " + image + "\n", Map.of(), "Dockerfile:1: there is no base " + image, "debian:");
        }
        assertWrong("FROM ubuntu\n", Map.of(), "there is no base ubuntu", "one of ubuntu:22.04, ubuntu:24.04,");
        assertWrong("FROM ubuntu:jamy\n", Map.of(), "there is no base ubuntu:jamy", "ubuntu:jammy");
    }

    @Test
    void aBrokenDefinitionIsNamedToWhoeverMayHaveMeantIt() throws Exception {
        Path broken = Files.createDirectories(directory.resolve("os/broken"));
        Files.writeString(broken.resolve("docker-make.yaml"), "version: '1'\nnmae: broken\n");
        assertThat(run("FROM scratch\nRUN true\n").arguments()).endsWith("true");
        assertWrong("FROM here/broken:1\n", Map.of(), "there is no base here/broken:1", "");
        assertWrong("FROM here/broken:1\n", Map.of(), "broken/docker-make.yaml:2: The key nmae is not known", "");
    }

    @Test
    void aDockerfileThatIsNotUtf8IsNamedWithItsLine() throws Exception {
        Definition definition = definition("FROM scratch\n", Map.of(), Map.of());
        Files.write(definition.dockerfile(), "FROM scratch\nLABEL a=M\u00fcll\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> lower(definition))
                .isInstanceOf(FaultException.class)
                .hasMessageEndingWith("Dockerfile:2: this is not UTF-8.");
    }

    @Test
    void anIgnoreFileThatIsNotUtf8NamesFilesByTheirBytes() throws Exception {
        Files.write(
                directory.resolve("os/image/.dockerignore"),
                "# M\u00fcll\nM\u00fcll\n".getBytes(StandardCharsets.ISO_8859_1));
        Operation.FileSource.Directory context = (Operation.FileSource.Directory)
                copy("FROM scratch\nCOPY . /\n").sources().getFirst().from();
        assertThat(context.filter().includes("M\udcfcll")).isFalse();
        assertThat(context.filter().includes("M\u00fcll")).isTrue();
    }

    @Test
    void argumentsAndTheEnvironmentAreOneScopeThatStagesInherit() throws Exception {
        Operation.Run run = run("""
            FROM scratch AS first
            ENV A=env B=env PATH=/tool:$PATH
            ARG A=arg C=arg
            ENV D=$A
            RUN one
            FROM first
            ENV E=$A-$B-$C
            ARG C
            RUN two
            """);
        assertThat(run.environment())
                .containsEntry("A", "env")
                .containsEntry("B", "env")
                .containsEntry("C", "arg")
                .containsEntry("D", "arg")
                .containsEntry("E", "env-env-arg")
                .containsEntry("PATH", "/tool:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        assertThat(((Operation.Run) run.input()).environment()).containsEntry("A", "arg");
    }

    @Test
    void argumentsOfAnImageEndWithIt() throws Exception {
        Path debian = Files.createDirectories(directory.resolve("os/debian"));
        Files.writeString(
                debian.resolve("docker-make.yaml"),
                "version: '1'\nname: debian\nregistry-host: here\nbuilds: [{name: '12', tags: ['12']}]\n");
        Files.writeString(
                debian.resolve("Dockerfile"), "FROM scratch\nARG A=arg\nENV B=$A\nONBUILD RUN left\nRUN debian\n");
        Operation.Run run = run("FROM here/debian:12\nRUN \"$A\"\n");
        assertThat(run.environment()).containsEntry("B", "arg").doesNotContainKey("A");
        assertThat(run.input().label().name()).endsWith("ONBUILD RUN left");
    }

    @Test
    void platformArgumentsAndTheTargetsNameCanBeGiven() throws Exception {
        String dockerfile = "FROM scratch AS Last\nARG TARGETSTAGE\nARG TARGETARCH\nRUN true\n";
        assertThat(run(dockerfile).environment()).containsEntry("TARGETSTAGE", "last");
        assertThat(run(dockerfile.replace(" AS Last", "")).environment()).containsEntry("TARGETSTAGE", "default");
        Operation.Run given =
                (Operation.Run) lower(dockerfile, Map.of("TARGETARCH", "z80", "TARGETSTAGE", "mine"), Map.of());
        assertThat(given.environment()).containsEntry("TARGETARCH", "z80").containsEntry("TARGETSTAGE", "mine");
        assertThat(notes).noneMatch(note -> note.contains("no ARG declares"));
    }

    @Test
    void proxiesAreShownToCommandsOnly() throws Exception {
        Operation.Run run = (Operation.Run)
                lower("FROM scratch\nENV E=x$http_proxy\nRUN true\n", Map.of("HTTP_PROXY", "http://p"), Map.of());
        assertThat(run.environment())
                .containsEntry("E", "x")
                .containsEntry("HTTP_PROXY", "http://p")
                .containsEntry("http_proxy", "http://p");
    }

    @Test
    void aNamedContextGoesByEveryNameOfItsImage() throws Exception {
        String mine = Files.createDirectories(directory.resolve("mine")).toString();
        for (String name : List.of("debian:latest", "docker.io/library/debian", "Debian")) {
            Operation.Run run = (Operation.Run) lower("FROM debian\nRUN true\n", Map.of(), Map.of(name, mine));
            assertThat(run.input()).as(name).isInstanceOf(Operation.Copy.class);
        }
        assertThat(run("FROM scratch AS a\nFROM scratch\nRUN --mount=from=a,target=/a true\n")
                        .mounts())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile", ".dockerignore", "Dockerfile.dockerignore"})
    void textsOfADefinitionAreFilesWithinIt(String name) throws Exception {
        Definition definition = definition("FROM scratch\nRUN true\n", Map.of(), Map.of());
        Path file = definition.context().resolve(name);
        Path secret = Files.writeString(directory.resolve("secret"), "root:$y$hash\n");
        Path inside = Files.writeString(definition.context().resolve("inside"), "FROM scratch\nRUN true\n");

        Files.deleteIfExists(file);
        Files.createSymbolicLink(file, Path.of("inside"));
        assertThat(lower(definition)).isInstanceOf(Operation.Run.class);

        Map<String, Path> links = Map.of(
                "leads out of its directory", secret,
                "leads nowhere", Path.of("nothing"),
                "can't be read", file.getFileName());
        for (Map.Entry<String, Path> link : links.entrySet()) {
            Files.delete(file);
            Files.createSymbolicLink(file, link.getValue());
            assertRefused(definition, name, link.getKey());
        }
        Files.delete(file);
        Files.createDirectory(file);
        assertRefused(definition, name, "is a directory");
        Files.delete(file);
        Files.write(file, new byte[DefinitionText.MOST_BYTES + 1]);
        assertRefused(definition, name, "more than 16 MiB");
        Files.delete(file);
        assumeTrue(new ProcessBuilder("mkfifo", file.toString()).start().waitFor() == 0, "no mkfifo on this machine");
        assertRefused(definition, name, "is a pipe");
        assertThat(inside).exists();
    }

    private void assertRefused(Definition definition, String name, String reason) {
        assertThatThrownBy(() -> lower(definition)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault).hasMessageContaining(name).hasMessageContaining(reason);
            assertThat(fault.getMessage()).doesNotContain("hash");
            assertThat(fault.remedy()).isPresent();
        });
    }

    @Test
    void aFaultOfTheLanguageKeepsItsPlace() {
        assertThatThrownBy(() -> lower("FROM scratch\nRUM true\n", Map.of(), Map.of()))
                .isInstanceOfSatisfying(DockerfileException.class, fault -> {
                    assertThat(fault.range().firstLine()).isEqualTo(2);
                    assertThat(fault.hint()).contains("RUN");
                });
    }
}

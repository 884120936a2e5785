package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.image.ContainerConfiguration;
import io.metalimages.registry.image.HealthCheck;
import io.metalimages.registry.image.HistoryEntry;
import io.metalimages.registry.image.ImageConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an image says of itself is known before any step has run. */
class PlannedConfigurationTest {

    @TempDir
    Path directory;

    private ImageConfiguration plan(String dockerfile) throws Exception {
        return plan(dockerfile, Map.of());
    }

    private ImageConfiguration plan(String dockerfile, Map<String, String> arguments) throws Exception {
        Path context = Files.createDirectories(directory.resolve("context"));
        Path file = Files.writeString(context.resolve("Dockerfile"), dockerfile);
        StateDirectory state = new StateDirectory(directory.resolve("state"));
        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            ImageBuilder builder = new ImageBuilder(
                    Definitions.in(Files.createDirectories(directory.resolve("os")), Map.of()),
                    state,
                    work,
                    new OverlaySnapshotStore(state),
                    BuildOptions.USUAL,
                    Map.of());
            Definition definition =
                    new Definition("a/1", file, context, arguments, Map.of(), Optional.empty(), List.of());
            return builder.plan(definition, Progress.SILENT).configuration();
        }
    }

    private ContainerConfiguration container(String instructions) throws Exception {
        return plan("FROM scratch\n" + instructions).container();
    }

    private List<String> history(String instructions) throws Exception {
        return plan("FROM scratch\n" + instructions).history().stream()
                .map(entry -> (entry.emptyLayer() ? "" : "+ ") + entry.createdBy())
                .toList();
    }

    @Test
    void anImageOfNothingHasAPathAndADirectory() throws Exception {
        ContainerConfiguration container = container("");
        assertThat(container.environment())
                .containsExactly(Map.entry("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        assertThat(container.workingDirectory()).isEqualTo("/");
        assertThat(container.shell()).isEmpty();
    }

    @Test
    void theShellFormIsForTheShell() throws Exception {
        assertThat(container("CMD echo $A").command()).containsExactly("/bin/sh", "-c", "echo $A");
        assertThat(container("SHELL [\"/b\", \"-e\"]\nENTRYPOINT echo $A").entrypoint())
                .containsExactly("/b", "-e", "echo $A");
        assertThat(container("CMD [\"a\", \"$B\"]").command()).containsExactly("a", "$B");
    }

    @Test
    void anEntryPointTakesTheCommandOfItsBaseAway() throws Exception {
        assertThat(plan("FROM scratch AS a\nCMD x\nFROM a\nENTRYPOINT y")
                        .container()
                        .command())
                .isEmpty();
        assertThat(plan("FROM scratch AS a\nCMD x\nFROM a\nUSER y").container().command())
                .containsExactly("/bin/sh", "-c", "x");
        assertThat(container("CMD [\"x\"]\nENTRYPOINT y").command()).containsExactly("x");
    }

    @Test
    void portsAndVolumesAddUp() throws Exception {
        ContainerConfiguration container = container("""
                ARG P="80 90/udp"
                EXPOSE $P 100-102/TCP 8000:9000 127.0.0.1:1:2
                EXPOSE 80
                VOLUME /a /b
                VOLUME ["/b", "/c d"]
                """);
        assertThat(container.exposedPorts())
                .containsExactly("100/tcp", "101/tcp", "102/tcp", "2/tcp", "80/tcp", "90/udp", "9000/tcp");
        assertThat(container.volumes()).containsExactly("/a", "/b", "/c d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"80/icmp", "65536", "20-10", "http", "80:", "1-2:3-5", "-1", "/tcp"})
    void whatIsNoPortIsAnError(String port) {
        assertThatThrownBy(() -> container("EXPOSE " + port))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("Dockerfile:2: EXPOSE " + port);
    }

    @ParameterizedTest
    @CsvSource({"SIGTERM", "term", "9", "SIGRTMIN+3", "rtmax-1"})
    void signalsHaveNamesAndNumbers(String signal) throws Exception {
        assertThat(container("STOPSIGNAL " + signal).stopSignal()).isEqualTo(signal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIGNONE", "0", "RTMIN+16"})
    void whatIsNoSignalIsAnError(String signal) {
        assertThatThrownBy(() -> container("STOPSIGNAL " + signal))
                .hasMessageContaining("Dockerfile:2: STOPSIGNAL " + signal + " is no signal.");
    }

    @Test
    void theLastHealthCheckCounts() throws Exception {
        assertThat(container("HEALTHCHECK --interval=1m30s --retries=3 CMD a b").healthCheck())
                .contains(new HealthCheck(
                        List.of("CMD-SHELL", "a b"),
                        Duration.ofSeconds(90),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        3));
        assertThat(container("HEALTHCHECK CMD [\"a\"]\nHEALTHCHECK NONE")
                        .healthCheck()
                        .orElseThrow()
                        .test())
                .containsExactly("NONE");
    }

    @Test
    void triggersAreForTheNextImageOnly() throws Exception {
        String base = "FROM scratch AS a\nONBUILD LABEL x=1\nONBUILD COPY <<E /y\nz\nE\n";
        assertThat(plan(base).container().onBuild()).containsExactly("LABEL x=1", "COPY <<E /y\nz\nE");
        ContainerConfiguration next = plan(base + "FROM a").container();
        assertThat(next.onBuild()).isEmpty();
        assertThat(next.labels()).containsExactly(Map.entry("x", "1"));
    }

    @Test
    void theMaintainerIsTheAuthor() throws Exception {
        assertThat(plan("FROM scratch\nMAINTAINER me <me@x>").author()).isEqualTo("me <me@x>");
    }

    @Test
    void theHistoryTellsEachInstructionAsBuildKitDoes() throws Exception {
        Files.createDirectories(directory.resolve("context"));
        Files.writeString(directory.resolve("context/f"), "");
        assertThat(history("""
                        ARG A=1 B
                        ENV P=/p Q="a b"
                        LABEL z=1 "b c"=$P
                        COPY --chown=1 f /d/
                        COPY --parents f <<E $P/
                        E
                        SHELL ["/bin/b", "sh"]
                        RUN echo   hi
                        RUN ["x", "y z"]
                        EXPOSE 80 90/udp
                        VOLUME /a $P
                        STOPSIGNAL SIGINT
                        HEALTHCHECK --interval=1m30s --timeout=1500ms --retries=3 CMD echo $P
                        USER 5:6
                        WORKDIR w
                        WORKDIR /
                        ONBUILD RUN true
                        CMD echo "$P"
                        """))
                .containsExactly(
                        "ARG A=1 B",
                        "ENV P=/p Q=a b",
                        "LABEL z=1 b c=/p",
                        "+ COPY --chown=1 f /d/ # buildkit",
                        "+ COPY --parents f <<E /p/ # buildkit",
                        "SHELL [/bin/b sh]",
                        "+ RUN |2 A=1 B= /bin/b sh echo   hi # buildkit",
                        "+ RUN |2 A=1 B= x y z # buildkit",
                        "EXPOSE [80/tcp 90/udp]",
                        "VOLUME [/a /p]",
                        "STOPSIGNAL SIGINT",
                        "HEALTHCHECK {Test:[CMD-SHELL echo $P] Interval:1m30s Timeout:1.5s StartPeriod:0s"
                                + " StartInterval:0s Retries:3}",
                        "USER 5:6",
                        "+ WORKDIR /w",
                        "WORKDIR /",
                        "CMD [\"/bin/b\" \"sh\" \"echo \\\"$P\\\"\"]");
    }

    @Test
    void aStageGoesOnWithTheHistoryAndTheArgumentsOfItsBase() throws Exception {
        ImageConfiguration image = plan("FROM scratch AS a\nARG A\nENV B=1\nFROM a\nRUN x", Map.of("A", "2"));
        assertThat(image.history().stream().map(HistoryEntry::createdBy))
                .containsExactly("ARG A=2", "ENV B=1", "RUN |1 A=2 /bin/sh -c x # buildkit");
    }
}

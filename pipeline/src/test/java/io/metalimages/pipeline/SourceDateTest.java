package io.metalimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.build.Definition;
import io.metalimages.common.FaultException;
import io.metalimages.testing.Host;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceDateTest {

    private static final Instant OLD = Instant.parse("2024-02-29T12:00:00Z");
    private static final Instant YOUNG = Instant.parse("2025-06-01T00:00:00Z");

    @TempDir
    private Path directory;

    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void writeDefinition() throws IOException {
        Files.createDirectory(directory.resolve("context"));
        Files.writeString(directory.resolve("Dockerfile"), "FROM scratch\n");
        Files.writeString(directory.resolve("context/file"), "content");
        Files.setLastModifiedTime(directory.resolve("Dockerfile"), FileTime.from(OLD));
        Files.setLastModifiedTime(directory.resolve("context/file"), FileTime.from(YOUNG));
    }

    private Definition definition() {
        return new Definition(
                "debian/12",
                directory.resolve("Dockerfile"),
                directory,
                Map.of(),
                Map.of(),
                Optional.empty(),
                List.of());
    }

    private void git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("GIT_COMMITTER_DATE", "2025-01-02T03:04:05Z");
        Process process = builder.redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void isTheTimeOfTheCommit() throws Exception {
        Host.assumeInstalled("git", "git");
        git("init", "--quiet");
        git("add", ".");
        git("commit", "--quiet", "--message", "First");
        assertThat(SourceDate.of(definition(), notes::add)).isEqualTo(Instant.parse("2025-01-02T03:04:05Z"));
        assertThat(notes).isEmpty();
    }

    @Test
    void runsNothingThatTheRepositoryAsksFor() throws Exception {
        Host.assumeInstalled("git", "git");
        git("init", "--quiet");
        git("commit", "--quiet", "--message", "First", "--allow-empty");
        Path trap = directory.resolve("trap");
        Files.writeString(trap, "#!/bin/sh\ntouch " + directory.resolve("sprung") + "\n");
        assertThat(trap.toFile().setExecutable(true)).isTrue();
        git("config", "log.showSignature", "true");
        git("config", "gpg.program", trap.toString());
        git("config", "core.pager", trap.toString());
        git("config", "core.fsmonitor", trap.toString());
        SourceDate.of(definition(), notes::add);
        assertThat(directory.resolve("sprung")).doesNotExist();
    }

    @Test
    void isTheYoungestFilesWithoutCommit() throws Exception {
        assertThat(SourceDate.of(definition(), notes::add)).isEqualTo(YOUNG);
        assertThat(notes).singleElement().asString().contains("debian/12", "2025-06-01", "SOURCE_DATE_EPOCH");
    }

    @Test
    void whatIsGivenCountsAndTheOptionMostOfAll() {
        Map<String, String> environment = Map.of("SOURCE_DATE_EPOCH", "1700000000");
        assertThat(SourceDate.given(Optional.of("5"), environment)).contains(Instant.ofEpochSecond(5));
        assertThat(SourceDate.given(Optional.empty(), environment)).contains(Instant.ofEpochSecond(1_700_000_000));
        assertThat(SourceDate.given(Optional.of("8589934591"), Map.of()))
                .contains(Instant.ofEpochSecond(8_589_934_591L));
        assertThat(SourceDate.given(Optional.empty(), Map.of("SOURCE_DATE_EPOCH", "")))
                .isEmpty();
        assertThat(SourceDate.given(Optional.empty(), Map.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomorrow", "-1", "1.5", "8589934592", "99999999999999999999", " 5", ""})
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> SourceDate.given(Optional.of(text), Map.of()))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining("--epoch")
                .hasMessageContaining(text);
    }
}

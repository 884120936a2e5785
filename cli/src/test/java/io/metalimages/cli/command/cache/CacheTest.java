package io.metalimages.cli.command.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.common.Digest;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cache's commands, in processes of their own, on a state directory with two step results. */
final class CacheTest {

    @TempDir
    private Path directory;

    private Program program;
    private Snapshot step;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of());
        StateDirectory state = new StateDirectory(program.state());
        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            Snapshot base = commit("FROM tiny", new Snapshot("", List.of(), Instant.MAX), state, work);
            step = commit("RUN true", base, state, work);
        }
    }

    private static Snapshot commit(String name, Snapshot parent, StateDirectory state, WorkDirectory work)
            throws Exception {
        Path layer = Files.createDirectory(work.newDirectory("layer").resolve("root"));
        Files.write(layer.resolve("file"), new byte[50_000]);
        Origin origin = new Origin(
                Digest.of(name).hex(),
                name,
                "os/tiny/Dockerfile:3",
                "tiny/1 " + name,
                new TreeMap<>(Map.of("the command", Digest.of(name).hex())));
        return new PlainSnapshotStore(state).commit(origin, parent, layer, Instant.EPOCH, work);
    }

    private JsonNode json(String... arguments) throws Exception {
        return new JsonMapper().readTree(program.run(arguments).output());
    }

    @Test
    void showsHowMuchThereIs() throws Exception {
        Program.Run run = program.run("cache", "usage");
        assertThat(run.exitCode()).isZero();
        assertThat(run.output())
                .contains(program.state().toString())
                .containsPattern("step results +2 +1\\d\\d\\.\\d kB");
        JsonNode usage = json("cache", "usage", "--json");
        assertThat(usage.at("/kinds/0/kind").asString()).isEqualTo("STEP_RESULT");
        assertThat(usage.at("/kinds/0/bytes").asLong()).isBetween(100_000L, 130_000L);
    }

    @Test
    void explainsAResult() throws Exception {
        Program.Run run =
                program.run("cache", "explain", Digest.of("RUN true").hex().substring(0, 12), "--verbose");
        assertThat(run.output())
                .contains("RUN true", "at     os/tiny/Dockerfile:3", "on     FROM tiny", "the command")
                .contains("kept   the newest result of its step");
        assertThat(json("cache", "explain", "tiny/1", "--json").at("/results").size())
                .isEqualTo(2);
        Program.Run unknown = program.run("cache", "explain", "no/such");
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(unknown.errors()).contains("No step result belongs to \"no/such\".");
    }

    @Test
    void prunesWhatTheOptionsSay() throws Exception {
        assertThat(program.run("cache", "prune").output()).contains("freed 0 B");
        assertThat(program.run("cache", "prune", "--all", "--dry-run").output())
                .contains("would remove 2 step results", "would free 1");
        assertThat(json("cache", "prune", "--older-than", "1d", "--json")
                        .at("/removed")
                        .size())
                .isZero();
        Program.Run wrong = program.run("cache", "prune", "--keep-size", "much");
        assertThat(wrong.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(wrong.errors()).contains("--keep-size much is not a size such as 512m or 40g.");

        Program.Run run = program.run("cache", "prune", "--keep-size", "60k");
        assertThat(run.exitCode()).isZero();
        assertThat(run.output()).contains("removed 1 step result", "RUN true", "freed ");
        assertThat(json("cache", "usage", "--json").at("/kinds/0/number").asInt())
                .isEqualTo(1);
    }

    @Test
    void verifiesAndRepairs() throws Exception {
        assertThat(program.run("cache", "verify").exitCode()).isZero();
        Files.writeString(
                program.state().resolve("snapshots").resolve(step.id()).resolve("snapshot.json"), "{");
        Program.Run found = program.run("cache", "verify");
        assertThat(found.exitCode()).isEqualTo(ExitCode.FAILED_WORK);
        assertThat(found.output()).contains("damaged step result " + step.id(), "snapshot.json is damaged");
        assertThat(found.errors()).contains("The cache is damaged: 1 entry.", "metal-images cache verify --repair");

        Program.Run repaired = program.run("cache", "verify", "--repair");
        assertThat(repaired.exitCode()).as(repaired.errors()).isZero();
        assertThat(program.run("cache", "verify").output()).contains("nothing damaged");
    }

    @Test
    void needsOneOfItsCommands() throws Exception {
        Program.Run run = program.run("cache");
        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(program.run("cache", "--help").output()).contains("usage", "explain", "prune", "verify");
        assertThat(program.run("cache", "prune", "--help").output()).contains("--keep-size=SIZE", "--older-than=TIME");
    }
}

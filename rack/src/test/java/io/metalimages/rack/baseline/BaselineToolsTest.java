package io.metalimages.rack.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.rack.BuiltRackImages;
import io.metalimages.rack.checks.CheckResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code rack/baseline/Dockerfile} makes. */
@Tag("slow")
final class BaselineToolsTest {

    private static final Path TESTS = Path.of("../os/tests");

    @TempDir
    private Path directory;

    @BeforeEach
    void requireRoot() {
        BuiltRackImages.requireRoot();
    }

    @Test
    void thereIsAGuideForDebian12AndNoneForWhatHasNoRules() throws Exception {
        try (BuiltRackImages built = BuiltRackImages.open();
                SnapshotStore.View root = built.images.baseline(Progress.SILENT)) {
            BaselineTools.pack(root.root(), "debian", "12", TESTS, directory, built.work.launcher());

            assertThatThrownBy(() ->
                            BaselineTools.pack(root.root(), "centos", "7", TESTS, directory, built.work.launcher()))
                    .isInstanceOfSatisfying(
                            FaultException.class,
                            fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                    .hasMessage("OpenSCAP has no guide for centos 7.");
        }
    }

    /** On this machine, whatever it is: other tools, but the same words. */
    @Test
    void bothToolsRunFromADirectoryOfTheirOwn() throws Exception {
        Path tools = directory.resolve("tools");
        try (BuiltRackImages built = BuiltRackImages.open();
                SnapshotStore.View root = built.images.baseline(Progress.SILENT)) {
            built.work
                    .launcher()
                    .run(
                            List.of("cp", "-a", root.root().resolve("baseline").toString(), tools.toString()),
                            Map.of(),
                            line -> {});
        }
        Path errors = directory.resolve("errors");
        Process process = new ProcessBuilder(
                        tools.resolve("measure").toString(),
                        "ssg-debian12-ds.xml",
                        "xccdf_org.ssgproject.content_profile_standard")
                .redirectError(errors.toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(Files.readString(errors)).isZero();

        Measurement measured = Measurement.read(output);
        assertThat(measured.rules()).extracting(Rule::name).doesNotHaveDuplicates();
        assertThat(measured.rules()).extracting(Rule::tool).contains("OpenSCAP", "Lynis");
        assertThat(measured.rules()).extracting(Rule::outcome).contains(CheckResult.Outcome.PASSED);
        assertThat(measured.scores()).hasSize(2);
    }
}

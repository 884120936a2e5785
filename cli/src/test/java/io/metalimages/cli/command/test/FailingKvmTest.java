package io.metalimages.cli.command.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of images where KVM works for the probe, and not for the machine. */
@Tag("slow")
final class FailingKvmTest {

    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern PHASE = Pattern.compile("^  ([✓✗] \\w+(?: \\w+)*)", Pattern.MULTILINE);

    @TempDir
    private Path directory;

    @BeforeEach
    void requireMeans() throws Exception {
        Host.assumeRoot("test images");
        Host.assumeInstalled("qemu-system-x86_64", "qemu-system-x86");
    }

    private Program program(String behaviour) throws Exception {
        Program program = new Program(directory, StandInKvm.path(directory, behaviour))
                .by(StandInKvm.PRESENT.command(directory).toArray(String[]::new));
        Files.createDirectories(program.home().resolve("os"));
        Files.createSymbolicLink(program.home().resolve("os/tests"), CHECKOUT.resolve("os/tests"));
        Files.createSymbolicLink(program.home().resolve("rack"), CHECKOUT.resolve("rack"));
        program.shareCaches();
        new TinyImage(directory.resolve("tiny")).exportTo(program.images().resolve("tiny/1"));
        return program;
    }

    private static Program.Run test(Program program, String... more) throws Exception {
        return program.run(Stream.concat(
                        Stream.of("test", "tiny/1", "--network", "user", "--progress", "plain"), Arrays.stream(more))
                .toArray(String[]::new));
    }

    /** The installer of this image can't be run, so the test ends there, by emulation. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            asserts             | QEMU: failed to set MSR 0x10a to 0x69
            then-internal-error | KVM internal error: emulation failure
            then-silent         | no sign of life under KVM
            """)
    void theMachineStartsOverByEmulation(String behaviour, String reason) throws Exception {
        Program program = program(behaviour);
        Program.Run run = test(program);

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.errors())
                .containsOnlyOnce("The virtual machine stopped under KVM in its phase start hammer (" + reason
                        + "). It starts over, with QEMU emulating the processor.")
                .contains("tiny/1 did not pass: install.");
        assertThat(PHASE.matcher(run.output()).results().map(phase -> phase.group(1)))
                .as(run.output())
                .containsExactly(
                        "✓ contract",
                        "✓ rack",
                        "✓ start hammer",
                        "✓ partition",
                        "✓ format",
                        "✓ mount",
                        "✓ burn",
                        "✗ install");
        assertThat(run.output()).contains("/install.sh ended with status 127").contains(" · TCG (" + reason + ")\n");
        assertThat(records(program))
                .singleElement()
                .asString()
                .contains("\"works\":false")
                .contains(reason);
    }

    @Test
    void whoeverAskedForKvmIsToldWhyItFailed() throws Exception {
        Program program = program("then-asserts");
        Program.Run run = test(program, "--accel", "kvm");

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.errors())
                .contains("KVM does not work on this machine: QEMU: failed to set MSR 0x10a to 0x69.")
                .contains("Next step: Use --accel auto or tcg")
                .doesNotContain("starts over");
        assertThat(records(program)).singleElement().asString().contains("\"works\":false");
    }

    private static List<String> records(Program program) throws IOException {
        List<String> records = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(program.state().resolve("accelerations"))) {
            for (Path file : files) {
                records.add(Files.readString(file));
            }
        }
        return records;
    }
}

package io.metalimages.cli.command.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whenever a test of an image ends early, and however, nothing of its rack is left. */
@Tag("slow")
final class InterruptedRackTest {

    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

    /** Takes an emulated machine some seconds to unpack. */
    private static final int PADDING = 150 << 20;

    @TempDir
    private Path directory;

    private Program program;
    private Path image;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("test racks");
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "no /dev/net/tun on this machine, so no switches");
        program = inCheckout(new Program(directory, Map.of()));
        program.shareCaches();
        TinyImage tiny = new TinyImage(directory.resolve("tiny"));
        byte[] padding = new byte[PADDING];
        new Random(1).nextBytes(padding);
        Files.write(tiny.root().resolve("padding"), padding);
        image = program.images().resolve("tiny/1");
        tiny.exportTo(image);
    }

    private static Program inCheckout(Program program) throws IOException {
        Files.createDirectories(program.home().resolve("os"));
        Files.createSymbolicLink(program.home().resolve("os/tests"), CHECKOUT.resolve("os/tests"));
        Files.createSymbolicLink(program.home().resolve("rack"), CHECKOUT.resolve("rack"));
        return program;
    }

    private Process startTest(Program program) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid", "unshare", "--mount", "--propagation", "slave", "--"));
        command.addAll(program.command("test", image.toString(), "--progress", "plain"));
        return program.start(command);
    }

    private static void signal(String signal, long processOrGroup) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, "--", Long.toString(processOrGroup))
                        .start()
                        .waitFor())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rack", "start hammer", "burn"})
    void nothingIsLeftAfterCtrlC(String phase) throws Exception {
        Process process = startTest(program);
        program.awaitErrors(process, " started " + phase);
        signal("INT", -process.pid());
        assertThat(process.waitFor()).as(program.errors()).isEqualTo(130);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rack", "start hammer", "burn"})
    void nothingIsLeftOnceTheRunAfterAKilledOneHasEnded(String phase) throws Exception {
        Process process = startTest(program);
        program.awaitErrors(process, " started " + phase);
        signal("KILL", process.pid());
        process.waitFor();
        Program.Run next = program.run("shell", "tiny/1", "--", "/no/such/program");
        assertThat(next.errors()).contains("Cleaned up after a run that was killed");
        assertNothingIsLeft();
    }

    @Test
    void aRunThatIsKilledDoesNotDisturbAnotherOne() throws Exception {
        Program other = inCheckout(new Program(
                Files.createDirectory(directory.resolve("other")),
                Map.of("METAL_IMAGES_STATE", program.state().toString())));
        Process killed = startTest(program);
        Process survivor = startTest(other);
        program.awaitErrors(killed, " started burn");
        other.awaitErrors(survivor, " started burn");

        signal("KILL", killed.pid());

        assertThat(killed.waitFor()).isNotZero();
        Program.Run run = other.ended(survivor);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.output()).contains("✓ burn").contains("/install.sh ended with status 127");
        program.run("shell", "tiny/1", "--", "/no/such/program");
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).isEmpty();
        }
        try (Stream<Path> devices = Files.list(Path.of("/sys/class/net"))) {
            assertThat(devices.map(device -> device.getFileName().toString()))
                    .noneMatch(name -> name.matches("nic\\d|(cable|wire)-.*|leaf\\d"));
        }
        assertThat(processesOfTheRun()).isEmpty();
    }

    /** Processes that know of this test's directory: by their command, their environment, or their mounts. */
    private List<String> processesOfTheRun() throws IOException {
        List<String> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            for (String file : List.of("cmdline", "environ", "mountinfo")) {
                try {
                    String text = new String(Files.readAllBytes(proc.resolve(file)), StandardCharsets.ISO_8859_1);
                    if (text.contains(directory.toString())) {
                        found.add(process.pid() + " " + file + ": " + text.replace('\0', ' '));
                    }
                } catch (IOException ended) {
                    // A zombie has no mounts to read any more.
                    assertThat(process.info().command()).as(ended.toString()).isEmpty();
                }
            }
        }
        return found;
    }
}

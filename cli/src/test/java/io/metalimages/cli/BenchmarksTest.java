package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.cli.command.test.TestedImage;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Interruption;
import io.metalimages.cli.output.Json;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the benchmarks in {@code bench/} to their end, on as little as possible and without judgement of what they
 * measure. In place of the launcher stands a script that starts the program from the class path of the tests.
 */
final class BenchmarksTest {

    @TempDir
    private Path directory;

    private Program program;

    /** Where layers can lie. */
    private Path work;

    @BeforeEach
    void makeCheckout() throws IOException, InterruptedException {
        program = new Program(directory, Map.of());
        work = directory.resolve("work");
        run("cp", "-R", "../bench", program.home().toString());
        launcher("""
                case $1 in
                    --prepare) printf '%%s\\n' '%s' '%s' ;;
                    build) exec unshare --mount --propagation slave -- '%s' "$@" ;;
                    *) exec '%3$s' "$@" ;;
                esac
                """.formatted(
                        System.getProperty("java.home"),
                        System.getProperty("java.class.path"),
                        String.join("' '", program.command())));
    }

    @AfterEach
    void removeWork() throws IOException, InterruptedException {
        run("rm", "-rf", "--one-file-system", work.toString());
    }

    private void launcher(String script) throws IOException {
        Files.writeString(program.home().resolve("metal-images"), "#!/bin/bash\n" + script);
        Files.setPosixFilePermissions(
                program.home().resolve("metal-images"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }

    private Process start(String benchmark, String... arguments) throws IOException {
        Path script = program.home().resolve("bench").resolve(benchmark);
        return program.start(
                Stream.concat(Stream.of("env", "--default-signal=INT", script.toString()), Stream.of(arguments))
                        .toList());
    }

    private JsonNode figures(String file) throws IOException {
        return JsonMapper.shared()
                .readTree(
                        Files.readString(program.home().resolve("target/bench").resolve(file)));
    }

    @Test
    void startup() throws Exception {
        Program.Run run = program.ended(start("startup", "--short"));
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("java -version", "metal-images --help", "ratio");
        JsonNode figures = figures("startup-short.json");
        assertThat(figures.get("runs").asInt()).isEqualTo(3);
        assertThat(figures.get("ratio").asDouble())
                .isCloseTo(
                        figures.get("help_ms").asDouble()
                                / figures.get("java_version_ms").asDouble(),
                        within(0.01));
    }

    @Test
    void aStartThatTakesTooLongIsAFailure() throws Exception {
        launcher("""
                case $1 in
                    --version) echo 'JDK %s' ;;
                    *) "$JAVA" -version; "$JAVA" -version; "$JAVA" -version; "$JAVA" -version; "$JAVA" -version ;;
                esac
                """.replace("\"$JAVA\"", "'" + System.getProperty("java.home") + "/bin/java'")
                .formatted(System.getProperty("java.home")));
        Program.Run run = program.ended(start("startup", "3"));
        assertThat(run.exitCode()).as(run.output() + run.errors()).isEqualTo(1);
        assertThat(run.output()).contains("wanted: at most 3.0");
        assertThat(figures("startup.json").get("highest_ratio").asDouble()).isEqualTo(3.0);
    }

    @Test
    void aStartThatFailsIsNotMeasured() throws Exception {
        launcher("""
                case $1 in
                    --version) echo 'JDK %s' ;;
                    *) exit 1 ;;
                esac
                """.formatted(System.getProperty("java.home")));
        Program.Run run = program.ended(start("startup", "1"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("bench/startup: failed: ", "metal-images --help");
        assertThat(program.home().resolve("target/bench")).doesNotExist();
    }

    private Process startPipeline() throws IOException {
        Host.assumeRoot("start dockerd");
        assumeTrue(Files.exists(Path.of("/usr/sbin/dockerd")), "no dockerd on this machine: apt-get install docker.io");
        Files.createDirectories(program.home().resolve("os"));
        // The state directory is where layers can lie; in a container, the one for temporary files may be on overlayfs.
        Path state = Path.of(System.getenv().getOrDefault("METAL_IMAGES_STATE", "/var/lib/metal-images"));
        work = Files.createTempDirectory(Files.createDirectories(state), "bench-");
        return start("pipeline", "--short", "--work", work.toString());
    }

    private void pipelineHasCleanedUp() throws IOException {
        assertThat(work).isEmptyDirectory();
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse("")))
                .noneMatch(command -> command.contains(work.toString()));
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(work.toString());
    }

    @Test
    void pipeline() throws Exception {
        Program.Run run = program.ended(startPipeline());
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
        JsonNode scenarios = figures("pipeline-short.json").get("scenarios");
        assertThat(scenarios.values().stream()
                        .map(scenario -> scenario.get("scenario").asString()))
                .containsExactly("empty cache", "one file changed", "nothing changed");
        for (JsonNode scenario : scenarios) {
            assertThat(run.output()).contains(scenario.get("scenario").asString());
            assertThat(scenario.get("ratio").asDouble())
                    .isEqualTo(scenario.at("/median/metal-images/seconds").asDouble()
                            / scenario.at("/median/Docker/seconds").asDouble());
            assertThat(scenario.has("highestRatio")).isFalse();
        }
        pipelineHasCleanedUp();
    }

    @Test
    void interruptedPipelineLeavesNothing() throws Exception {
        Process process = startPipeline();
        while (!daemonWorks()) {
            assertThat(process.isAlive()).as(program.errors()).isTrue();
            Thread.sleep(20);
        }
        InterruptionTest.signal(process);
        Program.Run run = program.ended(process);
        assertThat(run.exitCode()).as(run.output() + run.errors()).isEqualTo(130);
        pipelineHasCleanedUp();
    }

    private boolean daemonWorks() throws IOException {
        try (Stream<Path> directories = Files.list(work)) {
            return directories.anyMatch(directory -> Files.exists(directory.resolve("docker/data/buildkit")));
        }
    }

    /** The test's machine is a program that firmware starts, its result one that the program writes. */
    @Test
    void rack() throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd")),
                "no firmware for virtual machines: apt-get install ovmf");
        TestReport report = new TestReport(
                "debian/12",
                Instant.EPOCH,
                SampleTest.FULL,
                List.of(),
                List.of(new TestReport.Phase("burn", Duration.ofSeconds(61), Optional.empty(), List.of())));
        TestedImage result = new TestedImage(
                report, Path.of("console.log"), Optional.empty(), Path.of("test/junit.xml"), Optional.empty());
        Path told = Files.writeString(
                directory.resolve("result.json"),
                Json.of(Map.of(result.array().orElseThrow(), List.of(result.json()))));
        Path calls = directory.resolve("calls");
        launcher("""
                printf '%%s\\n' "$*" >>'%s'
                if [[ $1 == test ]]; then
                    cat '%s'
                    while [[ $1 != --keep-disks ]]; do shift; done
                    mkdir "$2"
                    cp '%s' "$2"/
                fi
                """.formatted(calls, told, diskThatAsksForLogin()));

        Program.Run run = program.ended(start("rack"));
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
        assertThat(run.output()).contains("61\ts\tburn", "by TCG (no KVM)", "two bare boots", "at most 3");
        assertThat(figures("rack.json").at("/phases/0/seconds").asDouble()).isEqualTo(61);
        List<String> called = Files.readAllLines(calls);
        assertThat(called).hasSize(3);
        assertThat(called.get(0)).startsWith("--prepare ");
        assertThat(called.get(1)).isEqualTo("build debian/12");
        CommandContext context = new CommandContext(Map.of(), System.out, System.err, directory, new Interruption());
        for (String call : called.subList(1, 3)) {
            assertThat(Main.commandLine(context).parseArgs(call.split(" ")).subcommands())
                    .as(call)
                    .isNotEmpty();
        }
    }

    private Path diskThatAsksForLogin() throws IOException, InterruptedException {
        Path files = Files.createDirectories(directory.resolve("esp/EFI/BOOT"));
        Files.write(files.resolve("BOOTX64.EFI"), efiProgramThatPrints("login:\r\n"));
        Path disk = directory.resolve("disk.img");
        run("qemu-img", "convert", "-O", "raw", "fat:floppy:" + directory.resolve("esp"), disk.toString());
        return disk;
    }

    /** A PE32+ image of one section, as the UEFI specification and Microsoft's "PE Format" have it. */
    private static byte[] efiProgramThatPrints(String text) {
        ByteBuffer image = ByteBuffer.allocate(0x400).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0, ascii("MZ")).putInt(0x3c, 0x40);
        image.position(0x40);
        // COFF: for x86-64, one section, 240 bytes of optional header, executable.
        image.put(ascii("PE\0\0")).putShort((short) 0x8664).putShort((short) 1);
        image.position(0x54).putShort((short) 240).putShort((short) 0x22);
        // The optional header: code at 0x1000 of 0x2000 bytes, aligned to 0x1000 in memory and to 0x200 in the file.
        image.putShort(0x58, (short) 0x20b)
                .putInt(0x5c, 0x200)
                .putInt(0x68, 0x1000)
                .putInt(0x6c, 0x1000);
        image.putInt(0x78, 0x1000).putInt(0x7c, 0x200).putInt(0x90, 0x2000).putInt(0x94, 0x200);
        // An application for UEFI, with 16 empty directories.
        image.putShort(0x9c, (short) 10).putInt(0xc4, 16);
        image.put(0x148, ascii(".text")).putInt(0x150, 0x200).putInt(0x154, 0x1000);
        image.putInt(0x158, 0x200).putInt(0x15c, 0x200).putInt(0x16c, 0x60000020);
        image.position(0x200);
        image.put(new byte[] {
            0x48,
            (byte) 0x83,
            (byte) 0xec,
            0x28, // sub rsp, 40
            0x48,
            (byte) 0x8b,
            0x4a,
            0x40, // mov rcx, [rdx + 64]: the system table's ConOut
            0x48,
            (byte) 0x8d,
            0x15,
            5,
            0,
            0,
            0, // lea rdx, [rip + 5]: the text
            (byte) 0xff,
            0x51,
            8, // call [rcx + 8]: OutputString
            (byte) 0xeb,
            (byte) 0xfe // jmp $
        });
        image.put((text + "\0").getBytes(StandardCharsets.UTF_16LE));
        return image.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

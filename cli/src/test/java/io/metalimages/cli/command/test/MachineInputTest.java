package io.metalimages.cli.command.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code test} and {@code shell} refuse before a machine is started, in processes of their own. */
final class MachineInputTest {

    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("see what these commands refuse for themselves");
        program = new Program(directory, Map.of());
        Files.createDirectories(program.home().resolve("os"));
        Files.createSymbolicLink(program.home().resolve("os/tests"), CHECKOUT.resolve("os/tests"));
        Files.createSymbolicLink(program.home().resolve("rack"), CHECKOUT.resolve("rack"));
        new TinyImage(directory.resolve("tiny")).exportTo(image());
    }

    @AfterEach
    void leavesNothingBehind() throws IOException {
        if (program == null || !Files.exists(program.state().resolve("work"))) {
            return;
        }
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).isEmpty();
        }
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
        assertThat(ProcessHandle.current().descendants()).noneMatch(ProcessHandle::isAlive);
    }

    private Path image() {
        return program.images().resolve("tiny/1");
    }

    private Program.Run test(String arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("test"));
        all.addAll(List.of(arguments.split(" ")));
        return program.run(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tny/1                                | There is no image tny/1
            tiny/1 --role router                 | --role router: there is no such choice.
            tiny/1 --burn cat                    | --burn cat: there is no such choice.
            tiny/1 --network token-ring          | --network token-ring: there is no such choice.
            tiny/1 --accel turbo                 | --accel turbo: there is no such choice.
            tiny/1 --userdata nowhere            | There is no userdata nowhere.
            tiny/1 --allocation nowhere          | There is no allocation nowhere.
            tiny/1 --allocation firewall --role machine | --role machine contradicts the allocation
            tiny/1 --reboots=-1                  | --reboots -1 is no number of reboots.
            tiny/1 --reboots 101                 | --reboots 101 is no number of reboots.
            tiny/1 --reboots often               | reboots
            tiny/1 --memory much                 | --memory much is no size.
            tiny/1 --memory 0G                   | --memory 0G is no size.
            tiny/1 --memory 99999999999G         | --memory 99999999999G is no size.
            tiny/1 --memory 64M                  | --memory 64M is too little
            tiny/1 --ssh-port 2222               | --ssh-port is for QEMU's user network only
            tiny/1 --network user --ssh-port 0   | --ssh-port 0 is no port.
            tiny/1 --network user --ssh-port 1e3 | ssh-port
            """)
    void wrongInputEndsBeforeAnythingIsMade(String arguments, String message) throws Exception {
        Program.Run run = test(arguments);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(message).contains("\nNext step: ").doesNotContain("\tat ");
        assertThat(image().resolve("test")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --allocation nowhere | Name firewall, .*, machine, .*, or a file.
            --userdata nowhere   | Name cloud-init, multi-part, script, ignition, ignition-3, none, or a file.
            """)
    void choicesAreTold(String option, String choices) throws Exception {
        Program.Run run = test("tiny/1 " + option);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).containsPattern("Next step: " + choices);
    }

    /** The file is read: what is wrong with it is told. */
    @Test
    void allocationMayBeAFile() throws Exception {
        Path file = Files.writeString(directory.resolve("own.yaml"), "hostname: own\nrole: switch\nnetworks: []\n");
        Program.Run run = test("tiny/1 --allocation " + file);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains("own.yaml has the role switch");
    }

    @Test
    void accelerationIsChosenByTheOptionBeforeTheEnvironment() throws Exception {
        program = new Program(directory, Map.of("METAL_IMAGES_ACCEL", "turbo"));
        Program.Run wrong = test("tiny/1");
        assertThat(wrong.exitCode()).as(wrong.errors()).isEqualTo(2);
        assertThat(wrong.errors())
                .contains("METAL_IMAGES_ACCEL turbo: there is no such choice.")
                .contains("Next step: Choose one of: auto, kvm, tcg");

        Program.Run right = test("tiny/1 --accel tcg --memory 9999G");
        assertThat(right.exitCode()).as(right.errors()).isEqualTo(3);
        assertThat(right.errors()).contains("A virtual machine of 10,238,976 MiB needs");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tiny/1 --accel kvm | auto
            tiny/1             | kvm
            """)
    void kvmOnAMachineWithoutItIsToldBeforeAnythingIsMade(String arguments, String variable) throws Exception {
        program = new Program(directory, Map.of("METAL_IMAGES_ACCEL", variable))
                .by(StandInKvm.ABSENT.command(directory).toArray(String[]::new));
        Program.Run run = test(arguments);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.errors())
                .contains("KVM does not work on this machine: no /dev/kvm.")
                .contains("Next step: Use --accel auto or tcg");
        assertThat(image().resolve("test")).doesNotExist();
    }

    @Test
    void layoutThatDoesNotFitIsWrongInput() throws Exception {
        Path layout = Files.writeString(
                directory.resolve("layout.yaml"),
                Files.readString(CHECKOUT.resolve("rack/layouts/default.yaml"))
                        .replace("size: 5000,", "size: 99999999,"));
        Program.Run run = test("tiny/1 --layout " + layout);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors())
                .contains(": disks[].partitions[].size: the partitions of /dev/vda take ")
                .doesNotContain("\tat ");
        assertThat(image().resolve("test")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            service: [       | os/tests/machine.yaml are wrong: .*yaml
            gossfile: {a.yaml: {}} | os/tests/machine.yaml are wrong: .*a.yaml
            {{ .Vars.absent. | os/tests/machine.yaml are wrong: .*template
            """)
    void checksWithAMistakeAreWrongInput(String checks, String message) throws Exception {
        program.shareCaches();
        Path tests = program.home().resolve("os/tests");
        Files.delete(tests);
        for (String name : List.of("allocations", "userdata", "families.json")) {
            Files.createSymbolicLink(
                    Files.createDirectories(tests).resolve(name),
                    CHECKOUT.resolve("os/tests").resolve(name));
        }
        Files.writeString(tests.resolve("machine.yaml"), checks);
        Program.Run run = test("tiny/1 --network user");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors())
                .containsPattern(message)
                .contains("Next step: Correct that file")
                .doesNotContain("\tat ");
    }

    @Test
    void portInUseIsWrongInput() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Program.Run run = test("tiny/1 --network user --ssh-port " + taken.getLocalPort());
            assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
            assertThat(run.errors())
                    .contains("The port " + taken.getLocalPort() + " of 127.0.0.1 can't be had for ssh")
                    .contains("Next step: ");
        }
    }

    @Test
    void machineWithoutMemoryForItIsTold() throws Exception {
        Program.Run run = test("tiny/1 --memory 9999G");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.errors())
                .contains("A virtual machine of 10,238,976 MiB needs")
                .contains("Next step: ");
        assertThat(image().resolve("test")).doesNotExist();
    }

    @Test
    void machineWithoutQemuIsTold() throws Exception {
        Path programs = Files.createDirectory(directory.resolve("programs"));
        Program without = new Program(directory, Map.of("PATH", programs.toString()));
        Program.Run run = without.run("test", "tiny/1");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.errors())
                .contains("The program qemu-system-x86_64 is not on this machine.")
                .contains("Next step: Install the package qemu-system-x86.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncated", "corrupt"})
    void damagedImageFailsInItsFirstPhase(String damage) throws Exception {
        Path tarball = image().resolve("img.tar.lz4");
        byte[] bytes = Files.readAllBytes(tarball);
        if (damage.equals("truncated")) {
            bytes = Arrays.copyOf(bytes, bytes.length / 2);
        } else {
            bytes[bytes.length / 2] ^= 0x55;
        }
        Files.write(tarball, bytes);
        Program.Run run = test("tiny/1");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.errors()).contains("tiny/1 did not pass: contract: ");
        assertThat(run.output()).contains("contract").contains("MI203").doesNotContain("start hammer");
        assertThat(image().resolve("test/junit.xml")).exists();
    }

    @ParameterizedTest
    @CsvSource({"--reports, The reports", "--junit, The results", "--keep-disks, The disks"})
    void placeThatCannotBeWrittenIsToldFirst(String option, String what) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Program.Run run = test("tiny/1 " + option + " " + file.resolve("below/it"));
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.errors())
                .contains(what + " cannot be put into " + file.resolve("below"))
                .contains(file + " is not a directory.")
                .contains("Next step: Name another place: " + option);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shell                           | There is neither an IMAGE nor a --step.
            shell --vm                      | There is neither an IMAGE nor a --step.
            shell tiny/1 --step 0123        | --step goes with no IMAGE
            shell --step 0123 --vm          | --step goes with no IMAGE and no --vm.
            shell tiny/1 --vm -- ls         | --vm goes with no COMMAND
            shell tiny/1 --role firewall    | need --vm.
            shell tiny/1 --accel tcg        | need --vm.
            shell tiny/1 --vm               | --vm connects a terminal
            shell tny/1                     | There is no image tny/1
            shell tiny/1                    | There is no shell in images/tiny/1/img.tar.lz4.
            """)
    void shellRefusesWhatDoesNotGoTogether(String arguments, String message) throws Exception {
        Program.Run run = program.run(arguments.split(" "));
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(message).contains("\nNext step: ").doesNotContain("\tat ");
    }
}

package io.metalimages.rack.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.network.Internet;
import io.metalimages.rack.provisioning.Allocation;
import io.metalimages.rack.provisioning.AllocationTest;
import io.metalimages.rack.provisioning.Userdata;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in {@code os/tests}. */
final class CheckFilesTest {

    private static final Path TESTS = Path.of("../os/tests");

    /** What goss 0.4 knows. It passes over anything else in silence. */
    private static final Set<String> RESOURCES = Set.of(
            "addr",
            "command",
            "dns",
            "file",
            "gossfile",
            "group",
            "http",
            "interface",
            "kernel-param",
            "matching",
            "mount",
            "package",
            "port",
            "process",
            "service",
            "user");

    private static final Pattern TOP_LEVEL = Pattern.compile("^([^\\s:#{][^:\\n]*):\\s*$", Pattern.MULTILINE);

    @TempDir
    Path directory;

    private WorkDirectory work;

    @BeforeEach
    void openWork() throws IOException, InterruptedException {
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
    }

    @AfterEach
    void closeWork() throws IOException {
        work.close();
    }

    static Map<String, Object> variables(
            String role, CheckContext.Start start, Userdata userdata, String os, boolean fabric) throws IOException {
        Map<String, Object> variables = new HashMap<>(
                Allocation.read(TESTS.resolve("allocations/" + role + ".yaml")).variables(AllocationTest.FACTS));
        variables.putAll(new CheckContext(
                        os,
                        "12",
                        userdata,
                        fabric
                                ? Optional.of(new Internet(
                                        URI.create("https://internet.test/"),
                                        List.of("203.0.113.80"),
                                        Path.of("authority.pem")))
                                : Optional.empty(),
                        Acceleration.tcg("of a test"))
                .variables(start));
        return variables;
    }

    @ParameterizedTest
    @CsvSource({
        "machine,  KEXEC, CLOUD_INIT, debian,    true",
        "machine,  DISK,  IGNITION,   debian,    true",
        "machine,  DISK,  NONE,       almalinux, false",
        "machine,  KEXEC, OTHER,      debian,    true",
        "machine,  DISK,  MULTI_PART, debian,    true",
        "machine,  KEXEC, SCRIPT,     debian,    true",
        "machine,  KEXEC, IGNITION_3, debian,    true",
        "firewall, KEXEC, CLOUD_INIT, ubuntu,    true",
        "firewall, DISK,  NONE,       ubuntu,    false",
    })
    void suitesAreValid(String role, CheckContext.Start start, Userdata userdata, String os, boolean fabric)
            throws IOException, InterruptedException {
        Goss goss = new Goss(GossProgram.orSkip(), TESTS, work.launcher());

        goss.validate(role + ".yaml", variables(role, start, userdata, os, fabric), directory);
    }

    @ParameterizedTest
    @CsvSource({"machine-of-the-newer-api", "machine-with-storage", "machine-dual-stack"})
    void suitesAreValidForOddAllocations(String allocation) throws IOException, InterruptedException {
        Map<String, Object> variables = variables(allocation, CheckContext.Start.DISK, Userdata.NONE, "debian", true);

        new Goss(GossProgram.orSkip(), TESTS, work.launcher()).validate("machine.yaml", variables, directory);
    }

    @Test
    void systemOfNoFamilyIsAMistake() throws IOException, InterruptedException {
        Map<String, Object> variables = variables("machine", CheckContext.Start.KEXEC, Userdata.NONE, "arch", true);
        Goss goss = new Goss(GossProgram.orSkip(), TESTS, work.launcher());

        assertThatThrownBy(() -> goss.validate("machine.yaml", variables, directory))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("families.json")
                .hasMessageContaining("\"arch\"");
    }

    @Test
    void suiteForALostSwitchIsValid() throws IOException, InterruptedException {
        Map<String, Object> variables = variables("machine", CheckContext.Start.KEXEC, Userdata.NONE, "debian", true);
        variables.putAll(Map.of("remaining", "lan1", "cut", "lan0"));

        new Goss(GossProgram.orSkip(), TESTS, work.launcher())
                .validate("machine-reachability.yaml", variables, directory);
    }

    @Test
    void suiteForALostDiskIsValid() throws IOException, InterruptedException {
        Map<String, Object> variables = variables("machine", CheckContext.Start.DISK, Userdata.NONE, "debian", true);
        variables.putAll(Map.of("raid", true, "missingDisks", 1));

        new Goss(GossProgram.orSkip(), TESTS, work.launcher()).validate("degraded.yaml", variables, directory);
    }

    @Test
    void variableThatIsNotSetIsAMistake() throws IOException, InterruptedException {
        Map<String, Object> variables = variables("machine", CheckContext.Start.KEXEC, Userdata.NONE, "debian", true);
        variables.remove("routerId");
        Goss goss = new Goss(GossProgram.orSkip(), TESTS, work.launcher());

        assertThatThrownBy(() -> goss.validate("machine.yaml", variables, directory))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("machine.yaml")
                .hasMessageContaining("routerId");
    }

    /** A check without a limit of its own would have goss's, which knows nothing of emulation. */
    @ParameterizedTest
    @MethodSource("checks")
    void everyLimitFollowsTheAcceleration(Path file) throws IOException {
        String text = Files.readString(file);

        assertThat(text.lines().filter(line -> line.strip().startsWith("timeout:")))
                .allMatch(line -> line.matches(" +timeout: \\{\\{ \\.Vars\\.limits\\.(usual|long) }}"));
        assertThat(count("^    exec:", text)).isLessThanOrEqualTo(count("^    timeout:", text));
    }

    private static long count(String beginning, String text) {
        return Pattern.compile(beginning, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .count();
    }

    @Test
    void limitsAreLongerWhereTheProcessorIsEmulated() {
        assertThat(limits(Acceleration.kvm())).isEqualTo(Map.of("usual", "10000", "long", "40000"));
        assertThat(limits(Acceleration.tcg("of a test"))).isEqualTo(Map.of("usual", "150000", "long", "600000"));
    }

    private static Object limits(Acceleration acceleration) {
        return new CheckContext("debian", "12", Userdata.NONE, Optional.empty(), acceleration)
                .variables(CheckContext.Start.DISK)
                .getOrDefault("limits", "none");
    }

    static Stream<Path> checks() throws IOException {
        try (Stream<Path> suites = Files.list(TESTS);
                Stream<Path> topics = Files.list(TESTS.resolve("checks"))) {
            return Stream.concat(suites, topics).filter(file -> file.toString().endsWith(".yaml")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("checks")
    void nothingIsPassedOver(Path file) throws IOException {
        List<String> topLevel = TOP_LEVEL
                .matcher(Files.readString(file))
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(topLevel).isNotEmpty().isSubsetOf(RESOURCES);
    }

    /** Of two checks with one name in one suite, goss forgets the first. */
    @ParameterizedTest
    @CsvSource({"machine.yaml", "firewall.yaml", "machine-reachability.yaml", "degraded.yaml"})
    void noCheckHidesAnother(String suite) throws IOException {
        List<String> names = new ArrayList<>();
        for (Path file : withIncluded(suite)) {
            Set<String> namesHere = new LinkedHashSet<>();
            String resource = "";
            for (String line : Files.readAllLines(file)) {
                Matcher top = TOP_LEVEL.matcher(line);
                if (top.matches()) {
                    resource = top.group(1);
                } else if (line.matches("  [^ #{].*:( \\{\\})?") && !resource.equals("gossfile")) {
                    namesHere.add(resource + " " + line.strip());
                }
            }
            names.addAll(namesHere);
        }

        assertThat(names).hasSizeGreaterThan(2).doesNotHaveDuplicates();
    }

    private static List<Path> withIncluded(String suite) throws IOException {
        List<Path> files = new ArrayList<>(List.of(TESTS.resolve(suite)));
        Pattern.compile("^  (checks/.*\\.yaml): \\{}$", Pattern.MULTILINE)
                .matcher(Files.readString(files.getFirst()))
                .results()
                .forEach(match -> files.add(TESTS.resolve(match.group(1))));
        assertThat(files).hasSizeGreaterThan(1);
        return files;
    }

    @Test
    void everyAllowedLineHasAReason() throws IOException {
        try (Stream<Path> files = Files.list(TESTS.resolve("allowed"))) {
            for (Path file : files.toList()) {
                for (String line : Files.readAllLines(file)) {
                    if (!line.isEmpty() && !line.startsWith("#")) {
                        assertThat(line.split("\t", -1))
                                .as("%s: %s", file, line)
                                .hasSize(2)
                                .doesNotContain("");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /a: MODE is 0755, should be 1777 | expected | /a: MODE is 0755, should be 1777
            fine: yes                        | expected |
            fine: yes indeed                 | expected | fine: yes indeed
            anything                         |          | anything
            """)
    void exceptPrintsWhatIsNotAllowed(String line, String allowed, String printed) throws Exception {
        Path list = Files.writeString(
                directory.resolve("allowed"),
                allowed == null ? "# nothing\n" : "# some\n\nfine: (yes|no)\tthe reason\n");

        assertThat(script("except", line + "\n", list.toString()))
                .isEqualTo(printed == null ? "" : printed.strip() + "\n");
    }

    @Test
    void lostNamesEachPathThatIsNotRestored() throws Exception {
        Path file = Files.writeString(directory.resolve("file with space"), "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        String owner = Files.getAttribute(file, "unix:uid") + ":" + Files.getAttribute(file, "unix:gid");
        Path list = Files.writeString(directory.resolve("losses"), """
                MODE\t0640\t%1$s
                MODE\t1777\t%1$s
                OWNER\t%2$s\t%1$s
                OWNER\t12345:1\t%1$s
                MODE\t0700\t%1$s-absent
                """.formatted(file, owner));

        assertThat(script("lost", "", list.toString()).lines())
                .containsExactlyInAnyOrder(
                        file + ": MODE is 0640, should be 1777",
                        file + ": OWNER is " + owner + ", should be 12345:1",
                        file + "-absent: is not there, MODE should be 0700");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            clean    | 0 | 0 |
            active   | 1 | 1 |
            clean    | 1 | 0 | md2 lacks 1 of its disks, and should lack 0
            clean    | 0 | 1 | md2 lacks 0 of its disks, and should lack 1
            inactive | 0 | 0 | md2 is inactive
            """)
    void arraysNamesEachThatIsNotAsItShouldBe(String state, String degraded, String missing, String printed)
            throws Exception {
        Files.writeString(
                Files.createDirectories(directory.resolve("blocks/md1/md")).resolve("array_state"), "clean\n");
        Files.writeString(directory.resolve("blocks/md1/md/degraded"), missing + "\n");
        Files.createDirectories(directory.resolve("blocks/vda"));
        Path array = Files.createDirectories(directory.resolve("blocks/md2/md"));
        Files.writeString(array.resolve("array_state"), state + "\n");
        Files.writeString(array.resolve("degraded"), degraded + "\n");

        assertThat(script("arrays", "", missing, directory.resolve("blocks").toString()))
                .isEqualTo(printed == null ? "" : printed + "\n");
    }

    @Test
    void absentNamesUnitsWhoseProgramIsNotThere() throws Exception {
        Path programs = Files.writeString(
                directory.resolve("programs"), "# remark\none\tno-such-program sh\ntwo\tno-such-program\n");

        assertThat(script("absent", "", programs.toString()).replaceAll("\\s", ""))
                .isEqualTo("{\"absent\":[\"two\"]}");
    }

    @Test
    void arraysSaysThatThereIsNone() throws Exception {
        assertThat(script("arrays", "", "0", directory.toString())).isEqualTo("there is no array\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /boot/vmlinuz-9 root=UUID=one ro console=ttyS1 root=UUID=one | /boot/initrd-9 |
            /boot/vmlinuz-8 root=UUID=one console=ttyS1 | /boot/initrd-9 | starts DIR/boot/vmlinuz-8
            /boot/vmlinuz-8 root=UUID=one console=ttyS1 | /boot/initrd-9 | an entry names DIR/boot/vmlinuz-8, which is not there
            /boot/vmlinuz-9 root=UUID=one console=ttyS1 | /boot/initrd-8 | loads DIR/boot/initrd-8
            /boot/vmlinuz-9 root=UUID=one               | /boot/initrd-9 | the first entry lacks console=ttyS1
            /boot/vmlinuz-9 root=UUID=one console=ttyS1 root=UUID=two | /boot/initrd-9 | the first entry's root file system is two, and this is one
            """)
    void menuNamesWhatGrubWouldStartInstead(String linux, String initrd, String printed) throws Exception {
        Path boot = Files.createDirectory(directory.resolve("boot"));
        Files.writeString(boot.resolve("vmlinuz-9"), "kernel");
        Files.writeString(boot.resolve("initrd-9"), "initramfs");
        Path info = Files.writeString(directory.resolve("boot-info.yaml"), """
                "initrd": "DIR/boot/initrd-9"
                cmdline: 'console=ttyS1 root=UUID=one'
                kernel: DIR/boot/vmlinuz-9
                """.replace("DIR", directory.toString()));
        Path menu = Files.writeString(
                directory.resolve("grub.cfg"), """
                menuentry 'The first' {
                \tlinux\tDIR%s
                \tinitrd\tDIR%s
                }
                menuentry 'The second' {
                \tlinux DIR/boot/vmlinuz-9 root=UUID=one single
                }
                """.formatted(linux, initrd).replace("DIR", directory.toString()));

        String output = script("menu", "", menu.toString(), "one", info.toString());

        if (printed == null) {
            assertThat(output).isEmpty();
        } else {
            assertThat(output).contains(printed.replace("DIR", directory.toString()));
        }
    }

    private static String script(String name, String input, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(TESTS.resolve("scripts").resolve(name).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var stream = process.getOutputStream()) {
            stream.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return output;
    }
}

package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What definitions install in distributions whose archives not every machine reaches is known to be there. */
final class PackageNamesTest {

    private static final Path OS = Path.of("../os");
    private static final Path LISTS = OS.resolve("tests/archives");

    /** From the command to the end of its shell command, or of the step; comments are lines of their own. */
    private static final Pattern INSTALLATION = Pattern.compile(
            "(?:apt-get (?:dist-upgrade|install)|dnf install|/run/packages/install) ((?:[^;&|]|\\n)*?)\\s*(?:;|&&|\\n[ \\t]*\\n|\\z)");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)}");

    /**
     * A distribution.
     *
     * @param image what the names of its images begin with
     * @param release the one that the lists are of
     * @param some packages that each of its images has
     */
    private record Distribution(String image, String release, List<String> some) {

        boolean isBaseOf(String name) {
            return name.startsWith(image + "/");
        }

        /** Whether an image is built upon one of this distribution, as its version says. */
        boolean isBelow(String name) {
            return name.endsWith("-" + image);
        }

        Set<String> proven() throws IOException {
            return names("packages");
        }

        Set<String> excepted() throws IOException {
            return names("exceptions");
        }

        private Set<String> names(String list) throws IOException {
            Set<String> names = new TreeSet<>();
            for (String line : Files.readAllLines(LISTS.resolve(image + "/" + list + "-" + release + ".tsv"))) {
                if (!line.startsWith("#")) {
                    String[] columns = line.split("\t");
                    assertThat(columns).as(list + ": " + line).hasSizeGreaterThanOrEqualTo(2);
                    assertThat(columns[columns.length - 1])
                            .as("the evidence or the reason: " + line)
                            .isNotBlank();
                    names.add(columns[0]);
                }
            }
            return names;
        }
    }

    private static final Distribution UBUNTU = new Distribution(
            "ubuntu", "22.04", List.of("linux-image-generic", "linux-firmware", "frr", "openssh-server"));

    private static final List<Distribution> DISTRIBUTIONS = List.of(
            UBUNTU,
            new Distribution(
                    "almalinux", "9", List.of("kernel", "linux-firmware", "shim-x64", "frr", "openssh-server")));

    @TestFactory
    Stream<DynamicTest> eachNameIsProvenOrAnExceptionWithAReason() throws IOException {
        Definitions definitions = Definitions.in(OS, Map.of());
        return DISTRIBUTIONS.stream()
                .flatMap(distribution -> images(distribution, definitions)
                        .map(name -> DynamicTest.dynamicTest(name, () -> {
                            Set<String> known = distribution.proven();
                            known.addAll(distribution.excepted());
                            assertThat(installed(definitions.find(name)))
                                    .containsAll(distribution.isBaseOf(name) ? distribution.some() : List.of("frr"))
                                    .isSubsetOf(known);
                        })));
    }

    private static Stream<String> images(Distribution distribution, Definitions definitions) {
        List<String> names = definitions.names().stream()
                .filter(name -> distribution.isBaseOf(name) || distribution.isBelow(name))
                .toList();
        assertThat(names).isNotEmpty();
        return names.stream();
    }

    @TestFactory
    Stream<DynamicTest> noExceptionIsLeftThatNobodyNeeds() throws IOException {
        Definitions definitions = Definitions.in(OS, Map.of());
        return DISTRIBUTIONS.stream()
                .map(distribution -> DynamicTest.dynamicTest(distribution.image(), () -> {
                    SortedSet<String> installed = new TreeSet<>();
                    for (String name : images(distribution, definitions).toList()) {
                        installed.addAll(installed(definitions.find(name)));
                    }
                    assertThat(installed).containsAll(distribution.excepted());
                    assertThat(distribution.proven()).doesNotContainAnyElementsOf(distribution.excepted());
                }));
    }

    /** In the stand-in what Ubuntu has in universe is there, too, so that a definition without it fails. */
    @Test
    void whatIsInUniverseAloneIsKnown() throws IOException {
        Set<String> known = UBUNTU.proven();
        known.addAll(UBUNTU.excepted());
        assertThat(Files.readAllLines(LISTS.resolve("ubuntu/universe")))
                .contains("lldpd", "ipmitool", "suricata", "prometheus-node-exporter")
                .isSubsetOf(known)
                .isSorted();
    }

    private static SortedSet<String> installed(Definition definition) throws IOException {
        Dockerfile dockerfile = ImageBuilder.parse(definition);
        String text = Files.readAllLines(definition.dockerfile()).stream()
                .filter(line -> !line.strip().startsWith("#"))
                .map(line -> line.replaceFirst("\\\\$", ""))
                .collect(Collectors.joining("\n"));
        Map<String, String> arguments = new HashMap<>();
        Stream.concat(
                        dockerfile.globalArguments().stream(),
                        dockerfile.stages().stream().flatMap(stage -> stage.instructions().stream()))
                .filter(Instruction.Arg.class::isInstance)
                .map(Instruction.Arg.class::cast)
                .flatMap(arg -> arg.declarations().stream())
                .forEach(declaration -> declaration
                        .defaultValue()
                        .ifPresent(word -> arguments.put(
                                declaration.name(), word.toString().replace("\"", ""))));
        arguments.putAll(definition.buildArguments());
        SortedSet<String> installed = new TreeSet<>();
        if (arguments.containsKey("PACKAGES")) {
            installed.addAll(listed(
                    definition.dockerfile().resolveSibling("packages"),
                    List.of(arguments.get("PACKAGES").split(" "))));
        }
        Matcher commands = INSTALLATION.matcher(text);
        while (commands.find()) {
            String expanded = VARIABLE.matcher(commands.group(1))
                    .replaceAll((MatchResult variable) ->
                            Matcher.quoteReplacement(arguments.getOrDefault(variable.group(1), "")));
            List<String> words = List.of(expanded.strip().split("\\s+"));
            for (int word = 0; word < words.size(); word++) {
                if (words.get(word).equals("-o")) {
                    word++;
                } else if (!words.get(word).startsWith("-") && !words.get(word).startsWith("$")) {
                    installed.add(words.get(word));
                }
            }
        }
        return installed;
    }

    /** What {@code os/packages/list} prints, as in a step of a build. */
    private static List<String> listed(Path directory, List<String> files) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(OS.resolve("packages/list").toRealPath().toString()));
        command.addAll(files);
        Process list = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(list.onExit().join().exitValue()).as(output).isZero();
        return List.of(output.strip().split("\\s+"));
    }

    /** So that two distributions can be compared line by line. */
    @ParameterizedTest
    @ValueSource(strings = {"debian/packages/debian", "almalinux/packages/almalinux"})
    void eachDistributionFillsEachNeedInTheOrderOfTheList(String file) throws IOException {
        assertThat(needs(OS.resolve(file), ":")).isEqualTo(needs(OS.resolve("tests/needs.tsv"), "\t"));
    }

    @Test
    void ubuntuNamesOnlyNeedsThatDebianFills() throws IOException {
        assertThat(needs(OS.resolve("debian/packages/debian"), ":"))
                .containsAll(needs(OS.resolve("debian/packages/ubuntu"), ":"));
    }

    @Test
    void aNeedCountsWhereItComesFirst() throws IOException {
        assertThat(listed(OS.resolve("debian/packages"), List.of("ubuntu", "debian")))
                .contains("linux-image-generic", "linux-firmware", "vim")
                .doesNotContain("linux-image-amd64", "firmware-bnx2", "#", "RAID:");
    }

    private static List<String> needs(Path file, String separator) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> {
                    String[] columns = line.split(separator, 2);
                    assertThat(columns).as(file + ": " + line).hasSize(2).noneMatch(String::isBlank);
                    return columns[0];
                })
                .toList();
    }
}

package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** What definitions install in Ubuntu, whose archive not every machine reaches, is known to be there. */
final class PackageNamesTest {

    private static final Path OS = Path.of("../os");
    private static final Path LISTS = OS.resolve("tests/archives/ubuntu");

    /** From the command to the end of its shell command; comments are lines of their own. */
    private static final Pattern INSTALLATION =
            Pattern.compile("apt-get (?:dist-upgrade|install) ((?:[^;&|]|\\n)*?)\\s*(?:;|&&|\\z)");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)}");

    @TestFactory
    Stream<DynamicTest> eachNameIsProvenOrAnExceptionWithAReason() throws IOException {
        Set<String> proven = names("packages-22.04.tsv");
        Set<String> excepted = names("exceptions-22.04.tsv");
        Definitions definitions = Definitions.in(OS, Map.of());
        return definitions.names().stream()
                .filter(name -> name.startsWith("ubuntu/"))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    SortedSet<String> installed = installed(definitions.find(name));
                    assertThat(installed).contains("linux-image-generic", "linux-firmware", "frr", "openssh-server");
                    assertThat(installed).allMatch(wanted -> proven.contains(wanted) || excepted.contains(wanted));
                }));
    }

    @Test
    void noExceptionIsLeftThatNobodyNeeds() throws IOException {
        Definitions definitions = Definitions.in(OS, Map.of());
        SortedSet<String> installed = new TreeSet<>();
        for (String name : definitions.names()) {
            if (name.startsWith("ubuntu/")) {
                installed.addAll(installed(definitions.find(name)));
            }
        }
        assertThat(installed).containsAll(names("exceptions-22.04.tsv"));
        assertThat(names("packages-22.04.tsv")).doesNotContainAnyElementsOf(names("exceptions-22.04.tsv"));
    }

    /** In the stand-in what Ubuntu has in universe is there, too, so that a definition without it fails. */
    @Test
    void whatIsInUniverseAloneIsKnown() throws IOException {
        Set<String> known = names("packages-22.04.tsv");
        known.addAll(names("exceptions-22.04.tsv"));
        assertThat(Files.readAllLines(LISTS.resolve("universe")))
                .contains("lldpd", "ipmitool", "suricata", "prometheus-node-exporter")
                .isSubsetOf(known)
                .isSorted();
    }

    private static Set<String> names(String file) throws IOException {
        Set<String> names = new TreeSet<>();
        for (String line : Files.readAllLines(LISTS.resolve(file))) {
            if (!line.startsWith("#")) {
                String[] columns = line.split("\t");
                assertThat(columns).as(file + ": " + line).hasSizeGreaterThanOrEqualTo(2);
                assertThat(columns[columns.length - 1])
                        .as("the evidence or the reason: " + line)
                        .isNotBlank();
                names.add(columns[0]);
            }
        }
        return names;
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
        Matcher commands = INSTALLATION.matcher(text);
        while (commands.find()) {
            String expanded = VARIABLE.matcher(commands.group(1))
                    .replaceAll((MatchResult variable) ->
                            Matcher.quoteReplacement(arguments.getOrDefault(variable.group(1), "")));
            List<String> words = List.of(expanded.strip().split("\\s+"));
            for (int word = 0; word < words.size(); word++) {
                if (words.get(word).equals("-o")) {
                    word++;
                } else if (!words.get(word).startsWith("-")) {
                    installed.add(words.get(word));
                }
            }
        }
        return installed;
    }
}

package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.words.WordExpander;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What BuildKit makes of the same text. The cases in the repository are our own; each was held against BuildKit's parser and
 * its expansion of words. BuildKit's own cases are read too, where they lie beside the repository.
 */
class ConformanceTest {

    private static final Map<String, String> VARIABLES =
            Map.of("PWD", "/home", "SHELL", "bash", "KOREAN", "한국어", "NULL", "");

    private static final String ERROR = "error";

    @Test
    void syntaxTreesAreTheSame() throws Exception {
        assertTreesAreTheSame(ownCases().resolve("parser"));
    }

    @Test
    void syntaxTreesOfOthersAreTheSame() throws IOException {
        assertTreesAreTheSame(SharedFiles.conformance("parser"));
    }

    @Test
    void everyInstructionHasACase() throws Exception {
        String all = Files.readString(ownCases().resolve("parser/every-instruction/result"));
        assertThat(Keyword.values())
                .allSatisfy(
                        keyword -> assertThat(all).contains("(" + keyword.name().toLowerCase(Locale.ROOT) + " "));
    }

    private static Path ownCases() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(ConformanceTest.class.getResource("conformance"))
                .toURI());
    }

    private static void assertTreesAreTheSame(Path directory) throws IOException {
        try (Stream<Path> cases = Files.list(directory)) {
            assertThat(cases).hasSizeGreaterThan(20).allSatisfy(ConformanceTest::treeIsTheSame);
        }
    }

    private static void treeIsTheSame(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("Dockerfile"));
        String expected = Files.readString(directory.resolve("result"));
        if (expected.strip().equals(ERROR)) {
            assertThatThrownBy(() -> DockerfileParser.parse("Dockerfile", text))
                    .isInstanceOf(DockerfileException.class);
        } else {
            assertThat(StatementDump.of(new StatementReader("Dockerfile", text).statements()))
                    .isEqualTo(expected);
        }
    }

    @Test
    void wordsExpandTheSame() throws Exception {
        List<String> lines = Files.readAllLines(ownCases().resolve("words"));

        assertThat(lines)
                .filteredOn(line -> !line.startsWith("#"))
                .hasSizeGreaterThan(80)
                .allSatisfy(line -> {
                    int bar = line.lastIndexOf('|');
                    wordExpandsTheSame(line.substring(0, bar), line.substring(bar + 1));
                });
    }

    @Test
    void wordsOfOthersExpandTheSame() throws IOException {
        List<String> lines = Files.readAllLines(SharedFiles.conformance("envVarTest"));

        assertThat(lines)
                .filteredOn(line -> line.startsWith("A|") || line.startsWith("U|"))
                .hasSizeGreaterThan(150)
                .allSatisfy(line -> {
                    String[] columns = line.split("\\|", 3);
                    wordExpandsTheSame(columns[1], columns[2]);
                });
    }

    private static void wordExpandsTheSame(String word, String expected) {
        WordExpander expander = new WordExpander('\\', name -> Optional.ofNullable(VARIABLES.get(name)));
        SourceRange range = new SourceRange("words", 1, 1);
        if (expected.strip().equals(ERROR)) {
            assertThatThrownBy(() -> expander.expand(word.strip(), range)).isInstanceOf(DockerfileException.class);
        } else {
            assertThat(expander.expand(word.strip(), range).text()).isEqualTo(expected.strip());
        }
    }
}

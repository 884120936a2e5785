package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.words.WordExpander;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What other implementations of the language make of the same text. */
class ConformanceTest {

    private static final Map<String, String> VARIABLES =
            Map.of("PWD", "/home", "SHELL", "bash", "KOREAN", "한국어", "NULL", "");

    @Test
    void syntaxTreesAreTheSame() throws IOException {
        Path directory = SharedFiles.conformance("parser");
        try (Stream<Path> cases = Files.list(directory)) {
            assertThat(cases).hasSizeGreaterThan(20).allSatisfy(ConformanceTest::treeIsTheSame);
        }
    }

    private static void treeIsTheSame(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("Dockerfile"));
        String expected = Files.readString(directory.resolve("result"));
        assertThat(StatementDump.of(new StatementReader("Dockerfile", text).statements()))
                .isEqualTo(expected);
    }

    @Test
    void wordsExpandTheSame() throws IOException {
        List<String> lines = Files.readAllLines(SharedFiles.conformance("envVarTest"));

        assertThat(lines)
                .filteredOn(line -> line.startsWith("A|") || line.startsWith("U|"))
                .hasSizeGreaterThan(150)
                .allSatisfy(ConformanceTest::wordExpandsTheSame);
    }

    private static void wordExpandsTheSame(String line) {
        String[] columns = line.split("\\|", 3);
        String word = columns[1].strip();
        String expected = columns[2].strip();
        WordExpander expander = new WordExpander('\\', name -> Optional.ofNullable(VARIABLES.get(name)));
        SourceRange range = new SourceRange("envVarTest", 1, 1);
        if (expected.equals("error")) {
            assertThatThrownBy(() -> expander.expand(word, range)).isInstanceOf(DockerfileException.class);
        } else {
            assertThat(expander.expand(word, range).text()).isEqualTo(expected);
        }
    }
}

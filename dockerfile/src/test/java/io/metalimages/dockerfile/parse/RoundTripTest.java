package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.words.Expansion;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is written down is what is read again, whatever the layout. */
class RoundTripTest {

    private static final int ROUNDS = 5_000;

    /** What an instruction should become, and how it is written: pieces between which there may be any white space. */
    private record Sample(String keyword, List<String> pieces, Arguments expected, List<Heredoc> heredocs) {}

    @Test
    void layoutDoesNotMatter() {
        long seed = System.nanoTime();
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(seed + round);
            List<Sample> samples = Stream.generate(() -> sample(random))
                    .limit(1 + random.nextInt(5))
                    .toList();
            char escape = random.nextBoolean() ? '\\' : '`';
            String text = render(samples, escape, random);

            List<Statement> statements = new StatementReader("Dockerfile", text).statements();

            assertThat(statements).as("seed %d: %s", seed + round, text).hasSameSizeAs(samples);
            for (int index = 0; index < samples.size(); index++) {
                Statement statement = statements.get(index);
                Sample sample = samples.get(index);
                assertThat(statement.keyword().name())
                        .as("seed %d: %s", seed + round, text)
                        .isEqualTo(sample.keyword());
                assertThat(statement.arguments())
                        .as("seed %d: %s", seed + round, text)
                        .isEqualTo(sample.expected());
                assertThat(statement.heredocs())
                        .as("seed %d: %s", seed + round, text)
                        .isEqualTo(sample.heredocs());
            }
        }
    }

    /** The source text of an instruction alone is the instruction again. */
    @Test
    void sourceTextIsTheInstruction() {
        long seed = System.nanoTime();
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(seed + round);
            String text = render(List.of(sample(random), sample(random)), '\\', random);

            for (Statement statement : new StatementReader("Dockerfile", text).statements()) {
                List<Statement> again =
                        new StatementReader("Dockerfile", statement.source().text()).statements();

                assertThat(again).as("seed %d: %s", seed + round, text).hasSize(1);
                assertThat(again.getFirst().arguments())
                        .as("seed %d: %s", seed + round, text)
                        .isEqualTo(statement.arguments());
                assertThat(again.getFirst().heredocs())
                        .as("seed %d: %s", seed + round, text)
                        .isEqualTo(statement.heredocs());
            }
        }
    }

    /** Quoting a text in any of the three ways and expanding it gives the text. */
    @Test
    void quotedTextExpandsToItself() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        WordExpander expander = new WordExpander('\\', name -> Optional.of("wrong"));
        SourceRange range = new SourceRange("Dockerfile", 1, 1);
        for (int round = 0; round < ROUNDS; round++) {
            String text = characters(random, "ab $\\\"'{}:-#%/é🚀\t");
            String escaped = text.codePoints()
                    .mapToObj(codePoint -> "\\" + Character.toString(codePoint))
                    .collect(Collectors.joining());
            String doubleQuoted = "\"" + text.replaceAll("[\\\\\"$]", "\\\\$0") + "\"";
            String singleQuoted = "'" + text.replace("'", "'\"'\"'") + "'";
            for (String word : List.of(escaped, doubleQuoted, singleQuoted)) {
                Expansion expansion = expander.expand(word, range);
                assertThat(expansion.text()).as("seed %d: %s", seed, word).isEqualTo(text);
                assertThat(expansion.words())
                        .as("seed %d: %s", seed, word)
                        .isEqualTo(text.isEmpty() ? List.of() : List.of(text));
                assertThat(expansion.used()).as("seed %d: %s", seed, word).isEmpty();
            }
        }
    }

    private static Sample sample(Random random) {
        List<String> words = words(random);
        return switch (random.nextInt(7)) {
            case 0 -> new Sample("FROM", words, new Arguments.Words(words), List.of());
            case 1 -> new Sample("CMD", List.of(json(words)), new Arguments.Json(words), List.of());
            case 2 -> {
                List<String> texts = Stream.generate(() -> characters(random, "a \\\"'$[],\n\t\u0001é🚀"))
                        .limit(1 + random.nextInt(3))
                        .toList();
                yield new Sample("VOLUME", List.of(json(texts)), new Arguments.Json(texts), List.of());
            }
            case 3 -> {
                List<Instruction.Assignment> assignments = words.stream()
                        .map(word -> new Instruction.Assignment(word, "\"" + word + " =' \""))
                        .toList();
                yield new Sample(
                        "ENV",
                        assignments.stream()
                                .map(assignment -> assignment.name() + "=" + assignment.value())
                                .toList(),
                        new Arguments.Assignments(assignments, false),
                        List.of());
            }
            case 4 -> {
                Heredoc heredoc = heredoc(random, "EOF");
                yield new Sample(
                        "RUN", List.of(marker(heredoc)), new Arguments.Text(marker(heredoc)), List.of(heredoc));
            }
            case 5 -> {
                Heredoc first = heredoc(random, "A");
                Heredoc second = heredoc(random, "B.txt");
                List<String> pieces = new ArrayList<>(words);
                pieces.add(marker(first));
                pieces.add(marker(second));
                pieces.add("/destination");
                yield new Sample("COPY", pieces, new Arguments.Words(pieces), List.of(first, second));
            }
            default -> new Sample("ARG", words, new Arguments.Words(words), List.of());
        };
    }

    private static Heredoc heredoc(Random random, String name) {
        StringBuilder content = new StringBuilder();
        for (int line = random.nextInt(4); line > 0; line--) {
            content.append(characters(random, "\t #\\`'\"$<x")).append('\n');
        }
        return new Heredoc(name, content.toString(), random.nextBoolean(), random.nextBoolean());
    }

    private static String marker(Heredoc heredoc) {
        String name = heredoc.expand() ? heredoc.name() : "'" + heredoc.name() + "'";
        return (heredoc.stripTabs() ? "<<-" : "<<") + name;
    }

    private static String json(List<String> elements) {
        return elements.stream().map(RoundTripTest::json).collect(Collectors.joining(" ,\t", "[ ", " ]"));
    }

    private static String json(String element) {
        StringBuilder json = new StringBuilder("\"");
        for (int position = 0; position < element.length(); position++) {
            json.append("\\u%04x".formatted((int) element.charAt(position)));
        }
        return json.append('"').toString();
    }

    private static List<String> words(Random random) {
        return Stream.generate(() -> "w" + characters(random, "abc$_/:.é"))
                .limit(1 + random.nextInt(4))
                .toList();
    }

    private static String characters(Random random, String alphabet) {
        int[] codePoints = alphabet.codePoints().toArray();
        return random.ints(random.nextInt(8), 0, codePoints.length)
                .mapToObj(index -> Character.toString(codePoints[index]))
                .collect(Collectors.joining());
    }

    private static String render(List<Sample> samples, char escape, Random random) {
        String lineEnd = random.nextBoolean() ? "\n" : "\r\n";
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "\uFEFF" : "");
        text.append("# escape=").append(escape).append(lineEnd);
        for (Sample sample : samples) {
            text.append(random.nextBoolean() ? lineEnd : "  # comment " + escape + lineEnd);
            text.append(
                    random.nextBoolean() ? sample.keyword() : sample.keyword().toLowerCase(Locale.ROOT));
            for (String piece : sample.pieces()) {
                text.append(gap(random, escape, lineEnd)).append(piece);
            }
            text.append(random.nextBoolean() ? " \t" : "").append(lineEnd);
            for (Heredoc heredoc : sample.heredocs()) {
                text.append(heredoc.content());
                text.append(heredoc.stripTabs() && random.nextBoolean() ? "\t\t" : "");
                text.append(heredoc.name()).append(lineEnd);
            }
        }
        return text.toString();
    }

    private static String gap(Random random, char escape, String lineEnd) {
        return switch (random.nextInt(6)) {
            case 0 -> "\t";
            case 1 -> " " + escape + lineEnd;
            case 2 -> escape + " \t" + lineEnd + " ";
            case 3 -> " " + escape + lineEnd + "# comment " + escape + lineEnd + lineEnd + "   ";
            default -> " ";
        };
    }
}
